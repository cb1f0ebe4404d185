// qXfer:OBJECT:read: objects of any length, in parts. `m` and a part, or `l` and the last one.

internal import Bytes

/// An object that a stub has to read.
public enum TransferObject: Equatable, Sendable {
  case targetDescription
  case memoryMap
  case threads
  case auxiliaryVector
  case executableFile

  var name: String {
    switch self {
    case .targetDescription: "features"
    case .memoryMap: "memory-map"
    case .threads: "threads"
    case .auxiliaryVector: "auxv"
    case .executableFile: "exec-file"
    }
  }

  var capability: Capabilities {
    switch self {
    case .targetDescription: .targetDescription
    case .memoryMap: .memoryMap
    case .threads: .threadList
    case .auxiliaryVector: .auxiliaryVector
    case .executableFile: .executableFile
    }
  }
}

extension Request {
  /// Reads up to `count` bytes of an object from `offset` on.
  ///
  /// `annex` is the document's name for a target description, the process in hexadecimal for an
  /// executable, otherwise empty.
  public static func transfer(
    _ object: TransferObject, annex: [UInt8] = [], offset: Int, count: Int
  ) -> Request {
    var payload: [UInt8] = []
    payload.append(text: "qXfer:")
    payload.append(text: object.name)
    payload.append(text: ":read:")
    payload.append(contentsOf: annex)
    payload.append(0x3a)
    payload.append(hex: UInt64(clamping: offset))
    payload.append(0x2c)
    payload.append(hex: UInt64(clamping: count))
    return Request(payload, needs: object.capability)
  }
}

extension Answer {
  /// The part in an answer to `qXfer`, and whether it is the last; `nil` for an error.
  public var part: (bytes: ArraySlice<UInt8>, isLast: Bool)? {
    switch payload.first {
    case 0x6c: (payload.dropFirst(), true)
    case 0x6d: (payload.dropFirst(), false)
    default: nil
    }
  }
}
