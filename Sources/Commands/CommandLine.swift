// The grammar of a line: name, format, arguments. As in gdb a name is letters, digits, `-`, `_` and
// `.`, so that `p$rax`, `x/i$pc` and `p*pointer` need no blank.

/// A line cut into its parts.
struct CommandLine: Equatable {
  var name: String
  /// What stands after the name: a format with its slash, arguments.
  var arguments: String

  /// Cuts a line; the name is empty if the line does not begin with one.
  init(_ line: some StringProtocol) {
    let text = Words.trimmed(line)
    let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    self.name = String(name)
    arguments = Words.trimmed(text.dropFirst(name.count))
  }
}

/// Small cuts through argument text.
enum Words {
  /// Returns the text without blanks around it.
  static func trimmed(_ text: some StringProtocol) -> String {
    var rest = Substring(text)
    while let first = rest.first, first == " " || first == "\t" || first == "\r" || first == "\n" {
      rest.removeFirst()
    }
    while let last = rest.last, last == " " || last == "\t" || last == "\r" || last == "\n" {
      rest.removeLast()
    }
    return String(rest)
  }

  /// Returns the words between blanks.
  static func split(_ text: some StringProtocol) -> [String] {
    text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map { String($0) }
  }

  /// Returns the first word and the rest.
  static func first(_ text: some StringProtocol) -> (word: String, rest: String) {
    let text = trimmed(text)
    let word = text.prefix { $0 != " " && $0 != "\t" }
    return (String(word), trimmed(text.dropFirst(word.count)))
  }

  /// Takes `/fmt` off the front of arguments, without its slash; `nil` if there is none.
  ///
  /// For formats of `x` and `print` an expression may follow at once, as in `x/2i$pc`.
  static func format(_ arguments: String) -> (format: String?, rest: String) {
    guard arguments.hasPrefix("/") else { return (nil, arguments) }
    let body = arguments.dropFirst()
    let format = body.prefix {
      $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-")
    }
    return (String(format), trimmed(body.dropFirst(format.count)))
  }

  /// Cuts `LOCATION if CONDITION` at the word `if`.
  static func condition(_ text: String) -> (before: String, condition: String?) {
    if text.hasPrefix("if("), text.dropFirst(2).first == "(" {
      return ("", trimmed(text.dropFirst(2)))
    }
    var index = text.startIndex
    while index < text.endIndex {
      let rest = text[index...]
      let isWordStart = index == text.startIndex || text[text.index(before: index)] == " "
      if isWordStart, rest.hasPrefix("if") {
        let after = rest.dropFirst(2)
        if after.isEmpty || after.first == " " || after.first == "(" {
          return (trimmed(text[..<index]), trimmed(after))
        }
      }
      index = text.index(after: index)
    }
    return (text, nil)
  }

  /// Returns numbers and ranges of them: `1 3-5 7`; at most 1,000.
  static func numbers(_ text: String) throws -> [Int] {
    var numbers: [Int] = []
    for word in split(text.replacing(",", with: " ")) {
      let parts = word.split(separator: "-", omittingEmptySubsequences: false)
      guard parts.count <= 2, let first = Int(parts[0]), first > 0,
        let last = parts.count == 2 ? Int(parts[1]) : first, last >= first
      else { throw CommandError.message("Bad breakpoint number '\(word)'") }
      guard last - first < 1000, numbers.count < 1000 else {
        throw CommandError.message("Too many numbers in '\(word)'.")
      }
      numbers.append(contentsOf: first...last)
    }
    return numbers
  }
}
