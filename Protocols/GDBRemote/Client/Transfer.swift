/// Reads one object in parts, at most a mebibyte of it.
public struct Transfer: Sendable {
  /// What to do next.
  public enum Step: Equatable, Sendable {
    case more(Request)
    case complete([UInt8])
    case failed
  }

  /// The most bytes of one object that are taken.
  public static let mostBytes = 1 << 20

  private let object: TransferObject
  private let annex: [UInt8]
  private let partSize: Int
  private var contents: [UInt8] = []

  /// Creates the transfer of an object from a stub with this packet size.
  public init(_ object: TransferObject, annex: [UInt8] = [], packetSize: Int) {
    self.object = object
    self.annex = annex
    // Every byte may be escaped, and a part has a letter and a frame.
    partSize = max(32, (packetSize - 8) / 2)
  }

  /// The request for the next part.
  public var request: Request {
    .transfer(object, annex: annex, offset: contents.count, count: partSize)
  }

  /// Takes the answer to `request`.
  public mutating func received(_ answer: Answer) -> Step {
    guard let part = answer.part, contents.count + part.bytes.count <= Self.mostBytes,
      part.isLast || !part.bytes.isEmpty
    else { return .failed }
    contents.append(contentsOf: part.bytes)
    return part.isLast ? .complete(contents) : .more(request)
  }
}
