// Block devices for async code: the same requests, awaited. A type of its own and no extension of
// the protocol: Embedded Swift (6.3) compiles a call of an extension's async method on `any
// BlockDevice`, and traps in it.

#if canImport(_Concurrency)
public import Devices
internal import _Concurrency

/// A block device whose requests are awaited.
public struct AsyncBlockDevice {
  /// The device.
  public let device: any BlockDevice

  /// The same device for async code.
  public init(_ device: any BlockDevice) { self.device = device }

  /// Bytes in a block: a power of two, at least 512.
  public var blockSize: Int { device.blockSize }

  /// How many blocks there are, numbered from 0.
  public var blockCount: UInt64 { device.blockCount }

  /// Whether every write is refused.
  public var isReadOnly: Bool { device.isReadOnly }

  /// Reads consecutive blocks from number `first` on, as many as fill `buffer`.
  ///
  /// `buffer` must be a whole number of blocks and stay valid until this returns. Cancelling the
  /// task does not end the request: the device has the buffer.
  public nonisolated(nonsending) func read(
    _ first: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) async throws(BlockError) {
    try await awaited { done in device.read(first, into: buffer, done) }
  }

  /// Writes consecutive blocks from number `first` on; `bytes` must stay valid until this returns.
  public nonisolated(nonsending) func write(
    _ first: UInt64, _ bytes: UnsafeRawBufferPointer
  ) async throws(BlockError) {
    try await awaited { done in device.write(first, bytes, done) }
  }

  /// Returns once every write that had ended before is on stable storage.
  public nonisolated(nonsending) func flush() async throws(BlockError) {
    try await awaited { done in device.flush(done) }
  }

  private nonisolated(nonsending) func awaited(
    _ request: (@escaping (Result<Void, BlockError>) -> Void) -> Void
  ) async throws(BlockError) {
    let result = await withUnsafeContinuation { continuation in
      request { continuation.resume(returning: $0) }
    }
    switch result {
    case .success: return
    case .failure(let error): throw error
    }
  }
}

extension Block {
  /// The `index`th block device for async code; see `device`.
  public static func asyncDevice(_ index: Int = 0) -> AsyncBlockDevice? {
    device(index).map(AsyncBlockDevice.init)
  }
}
#endif
