// The two other documents that stubs send: the list of threads and the memory map.

public import Bytes

/// A thread as `qXfer:threads` describes it.
public struct ThreadDescription: Equatable, Sendable {
  public var id: RemoteThread
  /// Its name, or failing that what the stub says about it; empty if it says nothing.
  public var name: [UInt8]

  /// Creates a description.
  public init(id: RemoteThread, name: [UInt8]) {
    self.id = id
    self.name = name
  }

  /// Reads a list of threads, at most 65,536; `nil` if the document is malformed.
  public static func list(_ document: [UInt8]) -> [ThreadDescription]? {
    var threads: [ThreadDescription] = []
    var reader = XMLReader(document)
    var isInThread = false
    while let token = reader.next() {
      switch token {
      case .opened(let name, let attributes, let isEmpty):
        guard name.equals(text: "thread"), threads.count < 65536,
          let text = attributes.value("id"), let id = RemoteThread(text[...])
        else { continue }
        threads.append(ThreadDescription(id: id, name: attributes.value("name") ?? []))
        isInThread = !isEmpty
      case .text(let text):
        guard isInThread, let last = threads.indices.last, threads[last].name.isEmpty else {
          continue
        }
        threads[last].name = text
      case .closed: isInThread = false
      case .malformed: return nil
      }
    }
    return threads
  }
}

/// A range of memory as `qXfer:memory-map` describes it.
public struct MemoryDescription: Equatable, Sendable {
  public var start: Address
  /// Its size in bytes.
  public var size: UInt64
  /// `ram`, `rom` or `flash`.
  public var kind: String

  /// Creates a description.
  public init(start: Address, size: UInt64, kind: String) {
    self.start = start
    self.size = size
    self.kind = kind
  }

  /// Reads a memory map, at most 1,024 ranges; `nil` if the document is malformed.
  public static func map(_ document: [UInt8]) -> [MemoryDescription]? {
    var ranges: [MemoryDescription] = []
    var reader = XMLReader(document)
    while let token = reader.next() {
      switch token {
      case .opened(let name, let attributes, _):
        guard name.equals(text: "memory"), ranges.count < 1024,
          let start = attributes.number("start"), let size = attributes.number("length")
        else { continue }
        ranges.append(
          MemoryDescription(start: Address(start), size: size, kind: attributes.text("type")))
      case .text, .closed: continue
      case .malformed: return nil
      }
    }
    return ranges
  }
}
