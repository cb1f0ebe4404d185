// Storage in blocks, as drivers offer it and applications use it. Callback style, so that it is
// there on every platform; async code gets wrappers from the facade.

/// Storage that is read and written in whole blocks.
///
/// All calls come from the event loop, and `done` runs there later, never within the call. Several
/// requests may be under way at once; they may end in any order, and a read that overlaps a write
/// under way may see either content.
public protocol BlockDevice: AnyObject {
  /// Bytes in a block: a power of two, at least 512.
  var blockSize: Int { get }

  /// How many blocks there are, numbered from 0.
  var blockCount: UInt64 { get }

  /// Whether every write is refused.
  var isReadOnly: Bool { get }

  /// Reads consecutive blocks from number `first` on, as many as fill `buffer`.
  ///
  /// `buffer` must be a whole number of blocks and stay valid until `done`; after an error its
  /// content is undefined. An empty buffer succeeds.
  func read(
    _ first: UInt64, into buffer: UnsafeMutableRawBufferPointer,
    _ done: @escaping (Result<Void, BlockError>) -> Void)

  /// Writes consecutive blocks from number `first` on.
  ///
  /// `bytes` must be a whole number of blocks and stay valid until `done`. Success means that the
  /// device has taken them: only `flush` makes sure that they outlast a loss of power.
  func write(
    _ first: UInt64, _ bytes: UnsafeRawBufferPointer,
    _ done: @escaping (Result<Void, BlockError>) -> Void)

  /// Ends once every write that had ended before is on stable storage.
  func flush(_ done: @escaping (Result<Void, BlockError>) -> Void)
}

/// What is wrong with a request for blocks, known before any device is asked.
extension BlockDevice {
  /// The reason to refuse a transfer of `count` bytes from block `first` on; nil if it is sound.
  public func refusal(_ first: UInt64, count: Int, isWrite: Bool) -> BlockError? {
    if isWrite, isReadOnly { return .readOnly }
    let size = blockSize
    guard size > 0, count % size == 0 else { return .partialBlock }
    let blocks = UInt64(count / size)
    guard first <= blockCount, blocks <= blockCount &- first else { return .outOfRange }
    return nil
  }
}
