// Block devices of a process: files of the host, one for each `--disk` of its command line.

#if !BAREMETAL
internal import CHosted
public import Devices
public import Execution

/// The disks that the command line names, open from the start: the sandbox opens no files.
enum HostedDisks {
  struct File {
    var descriptor: Int32
    var isReadOnly: Bool
    var size: UInt64
  }

  // Safety: one thread; written at start only.
  nonisolated(unsafe) private(set) static var files: [File] = []

  /// Opens all of them; ends the process with status 2 if one cannot be opened.
  static func open() {
    while let path = chosted_disk_path(files.count) {
      var (isReadOnly, size): (Int32, UInt64) = (0, 0)
      let descriptor = chosted_open_disk(path, &isReadOnly, &size)
      guard descriptor >= 0 else {
        chosted_complain("cannot open this as a disk: ")
        chosted_complain(path)
        chosted_complain("\n")
        chosted_exit(2)
      }
      files.append(File(descriptor: descriptor, isReadOnly: isReadOnly != 0, size: size))
    }
  }
}

/// A file as a block device of 512-byte blocks; what is left over at its end is not used.
///
/// Transfers go through the host's page cache, at once; only `done` comes later. `flush` holds up
/// the loop for as long as the host's medium takes.
public final class HostedDisk: BlockDevice {
  private let file: HostedDisks.File
  private let loop: EventLoop
  private var handler: HandlerID?
  private var ended: [(Result<Void, BlockError>, (Result<Void, BlockError>) -> Void)] = []

  /// The `index`th disk of the command line, on the given loop; nil beyond the last.
  public init?(_ index: Int, on loop: EventLoop) {
    guard index >= 0, index < HostedDisks.files.count else { return nil }
    file = HostedDisks.files[index]
    self.loop = loop
    handler = loop.register("disk") { self.report() }
  }

  public var blockSize: Int { 512 }
  public var blockCount: UInt64 { file.size / 512 }
  public var isReadOnly: Bool { file.isReadOnly }

  public func read(
    _ first: UInt64, into buffer: UnsafeMutableRawBufferPointer,
    _ done: @escaping (Result<Void, BlockError>) -> Void
  ) {
    if let refusal = refusal(first, count: buffer.count, isWrite: false) {
      return end(.failure(refusal), done)
    }
    guard let base = buffer.baseAddress else { return end(.success(()), done) }
    let status = chosted_read_disk(file.descriptor, base, buffer.count, first &* 512)
    end(status == 0 ? .success(()) : .failure(.failed), done)
  }

  public func write(
    _ first: UInt64, _ bytes: UnsafeRawBufferPointer,
    _ done: @escaping (Result<Void, BlockError>) -> Void
  ) {
    if let refusal = refusal(first, count: bytes.count, isWrite: true) {
      return end(.failure(refusal), done)
    }
    guard let base = bytes.baseAddress else { return end(.success(()), done) }
    let status = chosted_write_disk(file.descriptor, base, bytes.count, first &* 512)
    end(status == 0 ? .success(()) : .failure(.failed), done)
  }

  public func flush(_ done: @escaping (Result<Void, BlockError>) -> Void) {
    end(chosted_flush_disk(file.descriptor) == 0 ? .success(()) : .failure(.failed), done)
  }

  /// The end of a request is told from the loop, never within the call that made it.
  private func end(
    _ result: Result<Void, BlockError>, _ done: @escaping (Result<Void, BlockError>) -> Void
  ) {
    ended.append((result, done))
    if let handler { loop.mark(handler) }
  }

  private func report() {
    let all = ended
    ended.removeAll(keepingCapacity: true)
    for (result, done) in all { done(result) }
  }
}
#endif
