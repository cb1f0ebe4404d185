// Why a request to a block device failed.

/// The end of a request that did not succeed.
public enum BlockError: Error, Equatable, Sendable {
  /// The blocks are not all on the device.
  case outOfRange
  /// The buffer is not a whole number of blocks.
  case partialBlock
  /// The device takes no writes.
  case readOnly
  /// The device tried and reports failure.
  case failed
  /// The device does not know this kind of request.
  case unsupported
  /// So many requests wait already that no more are taken; try again when one has ended.
  case busy
  /// The device broke its protocol or did not answer in time (virtio: 30 s), and is out of use from
  /// now on: this request and all later ones end so.
  case lost

  /// What happened, in words for a log.
  public var text: StaticString {
    switch self {
    case .outOfRange: "blocks beyond the end of the device"
    case .partialBlock: "the buffer is not a whole number of blocks"
    case .readOnly: "the device is read-only"
    case .failed: "the device reports an error"
    case .unsupported: "the device does not support the request"
    case .busy: "too many requests are waiting"
    case .lost: "the device is out of use"
    }
  }
}
