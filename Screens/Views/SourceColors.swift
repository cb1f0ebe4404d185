// Light colouring of source lines: keywords, strings, numbers, comments. One line at a time, so a
// comment over several lines is only recognized by its first.

internal import Canvas

/// The family of languages a file belongs to, by its name.
enum SourceLanguage {
  case swift, c, assembly, other

  /// Guesses from the file's extension.
  init(path: String) {
    switch path.split(separator: ".").last.map({ $0.lowercased() }) {
    case "swift": self = .swift
    case "c", "h", "cc", "cpp", "hpp", "cxx", "rs", "go": self = .c
    case "s", "asm": self = .assembly
    default: self = .other
    }
  }

  var keywords: Set<String> {
    switch self {
    case .swift: swiftKeywords
    case .c: cKeywords
    case .assembly, .other: []
    }
  }
}

private let swiftKeywords: Set<String> = [
  "actor", "any", "as", "async", "await", "break", "case", "catch", "class", "consuming",
  "continue", "default", "defer", "deinit", "do", "else", "enum", "extension", "fallthrough",
  "false", "fileprivate", "final", "for", "func", "guard", "if", "import", "in", "init", "inout",
  "internal", "is", "let", "mutating", "nil", "nonisolated", "open", "override", "package",
  "private", "protocol", "public", "repeat", "return", "self", "Self", "some", "static", "struct",
  "subscript", "super", "switch", "throw", "throws", "true", "try", "typealias", "unsafe", "var",
  "weak", "where", "while",
]

private let cKeywords: Set<String> = [
  "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum",
  "extern", "float", "for", "goto", "if", "inline", "int", "long", "register", "return", "short",
  "signed", "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void",
  "volatile", "while", "bool", "true", "false", "fn", "let", "mut", "pub", "impl", "match", "func",
]

/// Returns a source line in pieces; tabs become blanks to the next multiple of 4.
func colored(_ line: String, _ language: SourceLanguage) -> [Span] {
  var text: [Character] = []
  for character in line.prefix(400) {
    if character == "\t" {
      repeat { text.append(" ") } while text.count % 4 != 0
    } else {
      text.append(character)
    }
  }
  guard language == .swift || language == .c else { return [Span(String(text))] }
  let keywords = language.keywords
  var spans: [Span] = []
  var index = 0
  func take(_ role: Role, while isPart: (Int) -> Bool) {
    let start = index
    repeat { index += 1 } while index < text.count && isPart(index)
    append(String(text[start..<index]), role)
  }
  func append(_ piece: String, _ role: Role) {
    if spans.last?.role == role {
      spans[spans.count - 1].text += piece
    } else {
      spans.append(Span(piece, role))
    }
  }
  while index < text.count {
    let character = text[index]
    if character == "/", index + 1 < text.count, text[index + 1] == "/" || text[index + 1] == "*" {
      take(.comment) { _ in true }
    } else if character == "\"" {
      take(.string) { text[$0 - 1] != "\"" || $0 - 1 == index }
    } else if character.isLetter || character == "_" || character == "@" || character == "#" {
      let start = index
      take(.plain) { text[$0].isLetter || text[$0].isNumber || text[$0] == "_" }
      let word = String(text[start..<index])
      if keywords.contains(word) {
        spans[spans.count - 1].text.removeLast(word.count)
        append(word, .keyword)
      } else if word.first?.isUppercase == true, language == .swift {
        spans[spans.count - 1].text.removeLast(word.count)
        append(word, .type)
      }
    } else if character.isNumber {
      take(.number) { text[$0].isHexDigit || text[$0] == "_" || text[$0] == "x" || text[$0] == "." }
    } else {
      take(.plain) { _ in false }
    }
  }
  return spans
}
