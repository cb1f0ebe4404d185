// Puts a target description together from its documents. A document may include others
// (`<xi:include href="64bit-core.xml"/>`); registers are numbered in the order in which they stand
// once everything is in its place, unless they carry a number. So the reader asks for documents
// until none is missing, and reads the whole anew each time: there are few and they are small.

/// Reads a target description, asking for the documents it includes.
public struct TargetDescriptionReader: Sendable {
  /// What to do next.
  public enum Step: Equatable, Sendable {
    /// Fetch the document of this name and call `received`.
    case fetch([UInt8])
    case complete(TargetDescription)
    /// The description cannot be read; the text says why.
    case failed(String)
  }

  /// The most documents, registers and levels of inclusion that are taken.
  public static let mostDocuments = 32
  public static let mostRegisters = 4096
  public static let deepestInclusion = 8
  /// The most elements and texts that one reading looks at: documents that include each other
  /// many times over end there.
  public static let mostTokens = 100_000

  private var documents: [(name: [UInt8], contents: [UInt8])] = []

  /// Creates a reader that knows no document.
  public init() {}

  /// The first step: fetch `target.xml`.
  public func started() -> Step { .fetch(Array("target.xml".utf8)) }

  /// Takes a document that was asked for.
  public mutating func received(_ contents: [UInt8], named name: [UInt8]) -> Step {
    guard documents.count < Self.mostDocuments else { return .failed("too many documents") }
    documents.append((name, contents))
    guard let root = documents.first else { return .failed("no document") }
    var assembly = Assembly(documents: documents)
    assembly.read(root.contents, depth: 0)
    if let problem = assembly.problem { return .failed(problem) }
    if let missing = assembly.missing { return .fetch(missing) }
    assembly.description.registers.sort { $0.number < $1.number }
    return .complete(assembly.description)
  }

  /// One reading of all documents there are.
  private struct Assembly {
    let documents: [(name: [UInt8], contents: [UInt8])]
    var description = TargetDescription()
    var missing: [UInt8]?
    var problem: String?
    private var nextNumber = 0
    private var tokens = 0
    private var flags: FlagType?
    private var isInArchitecture = false

    init(documents: [(name: [UInt8], contents: [UInt8])]) { self.documents = documents }

    mutating func read(_ contents: [UInt8], depth: Int) {
      guard depth <= TargetDescriptionReader.deepestInclusion else {
        problem = "documents include each other too deep"
        return
      }
      var reader = XMLReader(contents)
      while problem == nil, missing == nil, let token = reader.next() {
        tokens += 1
        guard tokens <= TargetDescriptionReader.mostTokens else {
          problem = "documents that are too large"
          return
        }
        switch token {
        case .opened(let name, let attributes, let isEmpty):
          opened(name, attributes, isEmpty: isEmpty, depth: depth)
        case .closed(let name):
          closed(name)
        case .text(let text):
          if isInArchitecture { description.architecture = String(decoding: text, as: UTF8.self) }
        case .malformed:
          problem = "malformed document"
        }
      }
    }

    private mutating func opened(
      _ name: [UInt8], _ attributes: [XMLReader.Attribute], isEmpty: Bool, depth: Int
    ) {
      if name.equals(text: "xi:include") {
        include(attributes.value("href"), depth: depth)
      } else if name.equals(text: "reg") {
        addRegister(attributes)
      } else if name.equals(text: "architecture") {
        isInArchitecture = !isEmpty
      } else if name.equals(text: "flags") {
        let type = FlagType(name: attributes.text("id"), fields: [])
        flags = isEmpty || description.flagTypes.count >= 256 ? nil : type
      } else if name.equals(text: "field") {
        addField(attributes)
      }
    }

    private mutating func closed(_ name: [UInt8]) {
      if name.equals(text: "architecture") { isInArchitecture = false }
      if name.equals(text: "flags"), let type = flags {
        description.flagTypes.append(type)
        flags = nil
      }
    }

    private mutating func include(_ href: [UInt8]?, depth: Int) {
      guard let href, !href.isEmpty else { return }
      if let document = documents.first(where: { $0.name == href }) {
        read(document.contents, depth: depth + 1)
      } else {
        missing = href
      }
    }

    private mutating func addRegister(_ attributes: [XMLReader.Attribute]) {
      guard let name = attributes.value("name"), let bits = attributes.number("bitsize"),
        bits > 0, bits <= 512, bits.isMultiple(of: 8)
      else {
        problem = "a register without a name or with a size that makes no sense"
        return
      }
      guard description.registers.count < TargetDescriptionReader.mostRegisters else {
        problem = "too many registers"
        return
      }
      let number = attributes.number("regnum").map { Int(clamping: min($0, 0xffff)) }
      let taken = number ?? nextNumber
      nextNumber = taken + 1
      var group = attributes.text("group")
      if group.isEmpty { group = "general" }
      var type = attributes.text("type")
      if type.isEmpty { type = "int" }
      description.registers.append(
        RegisterDescription(
          name: String(decoding: name, as: UTF8.self), size: Int(bits / 8), number: taken,
          group: group, type: type))
    }

    private mutating func addField(_ attributes: [XMLReader.Attribute]) {
      guard var type = flags, type.fields.count < 128,
        let start = attributes.number("start"), start < 512
      else { return }
      let end = attributes.number("end") ?? start
      guard end >= start, end < 512 else { return }
      type.fields.append(
        FlagType.Field(name: attributes.text("name"), start: Int(start), end: Int(end)))
      flags = type
    }
  }
}
