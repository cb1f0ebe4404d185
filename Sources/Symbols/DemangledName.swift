// Short forms of demangled Swift names: what fits on a line of a backtrace and what people type.
//
// The runtime's demangler writes everything out in full; there is no shorter mode in its public
// interface. So the parts of an entity are picked out of that text: modules, types of parameters,
// results, generic signatures and specializations are left out, names and labels stay.

/// The parts of one demangled name.
struct DemangledName {
  /// What the entity is if not a plain function or variable: `closure #1 in `, `outlined copy of `.
  var prefix = ""
  /// The module, the types around the entity and its own name.
  var components: [String] = []
  /// The argument labels in parentheses; empty if it is no function.
  var labels = ""
  /// What it is nested in or which part of it this is: ` in run()`, ` (resumed 1)`.
  var suffix = ""

  /// Whether a name that a user types may mean this: closures, thunks, metadata and the parts of
  /// asynchronous functions behind their first are never meant.
  var isPlain: Bool { prefix.isEmpty && suffix.isEmpty }

  /// The name without its module.
  var short: String { prefix + path + labels + suffix }

  /// The components without the module.
  var path: String {
    components.count > 1
      ? components.dropFirst().joined(separator: ".") : components.joined(separator: ".")
  }

  /// The short form of a full demangled name.
  static func short(_ full: String) -> String { DemangledName(full).short }

  /// Takes a full demangled name apart.
  init(_ full: String) {
    var parser = NameParser(text: Array(full.utf8))
    self = parser.parse(depth: 0)
  }

  /// An empty name.
  init() {}
}

/// Walks over the text of a demangled name.
private struct NameParser {
  let text: [UInt8]
  var at = 0

  private static let specializations = [
    "generic specialization <", "generic partial specialization <",
    "generic not re-abstracted specialization <", "function signature specialization <",
    "generic pre-specialization <", "inlined generic function <",
  ]
  private static let ignored = [
    "merged ", "static ", "@objc ", "@nonobjc ", "(extension in ", "weak ", "unowned ",
  ]

  mutating func parse(depth: Int) -> DemangledName {
    var name = DemangledName()
    guard depth < 16 else {
      name.components = [rest(from: at)]
      return name
    }
    stripPrefixes(&name, depth)
    if at >= text.count || !name.components.isEmpty { return name }
    parseEntity(&name, depth)
    return name
  }

  private mutating func stripPrefixes(_ name: inout DemangledName, _ depth: Int) {
    while at < text.count {
      if let phrase = Self.specializations.first(where: { starts(with: $0) }) {
        at += phrase.utf8.count - 1
        skipBalanced()
        if starts(with: " of ") { at += 4 }
      } else if starts(with: "(extension in ") {
        skipBalanced()
        if starts(with: ":") { at += 1 }
      } else if let word = Self.ignored.first(where: { starts(with: $0) }) {
        at += word.utf8.count
      } else if let number = resumedPart() {
        name.suffix = " (resumed \(number))"
      } else if let phrase = phrase() {
        name.prefix += phrase
      } else {
        return
      }
    }
  }

  /// Reads `(2) await resume partial function for ` and returns its number.
  private mutating func resumedPart() -> String? {
    guard peek(0) == 0x28, let digit = peek(1), digit >= 0x30, digit <= 0x39 else { return nil }
    guard let close = text[at...].firstIndex(of: 0x29) else { return nil }
    let number = String(decoding: text[(at + 1)..<close], as: UTF8.self)
    let tail = ") suspend resume partial function for "
    let other = ") await resume partial function for "
    let start = at
    at = close
    if starts(with: tail) {
      at += tail.utf8.count
    } else if starts(with: other) {
      at += other.utf8.count
    } else {
      at = start
      return nil
    }
    return number
  }

  /// Reads words such as `type metadata accessor for `, `outlined destroy of `.
  private mutating func phrase() -> String? {
    guard let first = peek(0), first >= 0x61, first <= 0x7a else { return nil }
    var index = at
    while index < text.count {
      let byte = text[index]
      let isWord =
        byte >= 0x61 && byte <= 0x7a || byte >= 0x41 && byte <= 0x5a || byte == 0x2d
      if byte == 0x20 {
        for word in [" for ", " of ", " to "] where starts(with: word, at: index) {
          let end = index + word.utf8.count
          let phrase = String(decoding: text[at..<end], as: UTF8.self)
          at = end
          return phrase
        }
      } else if !isWord {
        return nil
      }
      index += 1
    }
    return nil
  }

  private mutating func parseEntity(_ name: inout DemangledName, _ depth: Int) {
    while at < text.count {
      name.components.append(component())
      if name.components.count > 64 { break }
      if peek(0) == 0x3c { skipBalanced() }
      if peek(0) == 0x2e {
        at += 1
        continue
      }
      break
    }
    if starts(with: " #"), let end = text[(at + 1)...].firstIndex(of: 0x20) {
      // A local function or closure: ` #1 `.
      let number = String(decoding: text[at..<end], as: UTF8.self)
      let isClosure =
        name.components == ["closure"] || name.components == ["implicit closure"]
        || name.components == ["$defer"]
      if isClosure, var last = name.components.popLast() {
        last += number
        name.components.append(last)
      }
      at = end + 1
      if peek(0) == 0x3c { skipBalanced() }
      if peek(0) == 0x28 {
        let labels = argumentLabels()
        if !isClosure { name.labels = labels }
      }
      appendContext(&name, depth)
      return
    }
    for word in [" infix", " prefix", " postfix"] where starts(with: word) {
      at += word.utf8.count
    }
    if peek(0) == 0x3c { skipBalanced() }
    if peek(0) == 0x28 { name.labels = argumentLabels() }
    appendContext(&name, depth)
  }

  /// Skips types up to ` in `, and appends what the entity is nested in.
  private mutating func appendContext(_ name: inout DemangledName, _ depth: Int) {
    while at < text.count {
      if starts(with: " in conformance ") || starts(with: " with unmangled suffix") { return }
      if starts(with: " in ") {
        at += 4
        var inner = NameParser(text: Array(text[at...]))
        name.suffix = " in " + inner.parse(depth: depth + 1).short + name.suffix
        return
      }
      if let byte = peek(0), byte == 0x28 || byte == 0x3c { skipBalanced() } else { at += 1 }
    }
  }

  /// Reads one name up to what ends it: a dot, a bracket or a blank.
  private mutating func component() -> String {
    if peek(0) == 0x28 {
      // `(name in _DISCRIMINATOR)`
      let start = at + 1
      skipBalanced()
      if peek(0) == 0x3a, starts(with: "extension in ", at: start) {
        at += 1
        return component()
      }
      var end = start
      while end < at, !starts(with: " in ", at: end) { end += 1 }
      return String(decoding: text[start..<min(end, max(start, at))], as: UTF8.self)
    }
    let start = at
    if starts(with: "implicit closure") { at += 16 }
    let isOperator = peek(0).map { "+-*/<>=!&|^~%?.".utf8.contains($0) } ?? false
    while let byte = peek(0) {
      if byte == 0x20 || byte == 0x3a && !isOperator { break }
      if !isOperator && (byte == 0x2e || byte == 0x3c || byte == 0x28) { break }
      at += 1
    }
    return String(decoding: text[start..<at], as: UTF8.self)
  }

  /// Reads `(count: Swift.Int, _: A)` and returns `(count:_:)`.
  private mutating func argumentLabels() -> String {
    let start = at + 1
    skipBalanced()
    let end = max(start, at - 1)
    if start >= end { return "()" }
    var inner = NameParser(text: Array(text[start..<end]))
    var labels = "("
    while inner.at < inner.text.count {
      labels += inner.label() + ":"
      while let byte = inner.peek(0), byte != 0x2c {
        if byte == 0x28 || byte == 0x3c || byte == 0x5b {
          inner.skipBalanced()
        } else {
          inner.at += 1
        }
      }
      inner.at += 2
    }
    return labels + ")"
  }

  /// Reads a label if a colon follows it; `_` otherwise.
  private mutating func label() -> String {
    let start = at
    var end = at
    while end < text.count, Self.isIdentifier(text[end]) { end += 1 }
    guard end > start, end < text.count, text[end] == 0x3a else { return "_" }
    at = end + 1
    return String(decoding: text[start..<end], as: UTF8.self)
  }

  private static func isIdentifier(_ byte: UInt8) -> Bool {
    byte >= 0x61 && byte <= 0x7a || byte >= 0x41 && byte <= 0x5a || byte >= 0x30 && byte <= 0x39
      || byte == 0x5f || byte == 0x24 || byte >= 0x80
  }

  /// Moves behind the bracket that closes the one here; arrows are no brackets.
  private mutating func skipBalanced() {
    var depth = 0
    while at < text.count {
      switch text[at] {
      case 0x28, 0x3c, 0x5b: depth += 1
      case 0x29, 0x5d: depth -= 1
      case 0x3e where at == 0 || text[at - 1] != 0x2d: depth -= 1
      default: break
      }
      at += 1
      if depth <= 0 { return }
    }
  }

  private func peek(_ ahead: Int) -> UInt8? {
    at + ahead < text.count ? text[at + ahead] : nil
  }

  private func starts(with words: String, at index: Int? = nil) -> Bool {
    let start = index ?? at
    guard start >= 0, start <= text.count else { return false }
    return text[start...].starts(with: words.utf8)
  }

  private func rest(from index: Int) -> String {
    String(decoding: text[min(index, text.count)...], as: UTF8.self)
  }
}
