// Block devices of a process: files of the host, one for each `--disk` of its command line.

#if !BAREMETAL
internal import CHosted
public import Devices
public import Execution
internal import Machine

/// The disks that the command line names, open from the start: the sandbox opens no files.
enum HostedDisks {
  struct File {
    var disk: OpaquePointer
    var line: Line
    var isReadOnly: Bool
    var size: UInt64
  }

  // Safety: one thread; written at start only.
  nonisolated(unsafe) private(set) static var files: [File] = []

  /// Opens all of them, each with a line; ends the process with status 2 if one cannot be opened.
  static func open(_ lines: inout LineAllocator) {
    while let path = chosted_disk_path(files.count) {
      var (isReadOnly, size): (Int32, UInt64) = (0, 0)
      guard let disk = chosted_open_disk(path, &isReadOnly, &size), let line = lines.claim(),
        chosted_watch_disk(disk, UInt32(line.rawValue)) != 0
      else {
        chosted_complain("cannot open this as a disk: ")
        chosted_complain(path)
        chosted_complain("\n")
        chosted_exit(2)
      }
      files.append(File(disk: disk, line: line, isReadOnly: isReadOnly != 0, size: size))
    }
  }
}

/// A file as a block device of 512-byte blocks; what is left over at its end is not used.
///
/// A thread of the disk's own makes the transfers, one after another and through the host's page
/// cache; the loop goes on meanwhile. `flush` returns when the host's medium has everything.
public final class HostedDisk: BlockDevice {
  private typealias Transfer = UnsafeMutablePointer<chosted_transfer>

  private let file: HostedDisks.File
  private let loop: EventLoop
  private var handler: HandlerID?
  /// Transfers by number, and what to tell of their end; those without are free.
  private var transfers: [(transfer: Transfer, done: Done?)] = []
  private var unused: [Int] = []
  /// Numbers of transfers that found the queue full, oldest first.
  private var waiting: [Int] = []
  private var ended: [(result: Result<Void, BlockError>, done: Done)] = []

  /// What is called at the end of a request.
  public typealias Done = (Result<Void, BlockError>) -> Void

  /// The `index`th disk of the command line, on the given loop; nil beyond the last. Once for
  /// each.
  public init?(_ index: Int, on loop: EventLoop) {
    guard index >= 0, index < HostedDisks.files.count else { return nil }
    file = HostedDisks.files[index]
    self.loop = loop
    handler = loop.register("disk", line: file.line) { self.report() }
  }

  public var blockSize: Int { 512 }
  public var blockCount: UInt64 { file.size / 512 }
  public var isReadOnly: Bool { file.isReadOnly }

  public func read(
    _ first: UInt64, into buffer: UnsafeMutableRawBufferPointer, _ done: @escaping Done
  ) {
    if let refusal = refusal(first, count: buffer.count, isWrite: false) {
      return end(.failure(refusal), done)
    }
    begin(CHOSTED_READ, buffer.baseAddress, buffer.count, first, done)
  }

  public func write(_ first: UInt64, _ bytes: UnsafeRawBufferPointer, _ done: @escaping Done) {
    if let refusal = refusal(first, count: bytes.count, isWrite: true) {
      return end(.failure(refusal), done)
    }
    // Safety: the thread only reads what is to be written.
    let base = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
    begin(CHOSTED_WRITE, base, bytes.count, first, done)
  }

  public func flush(_ done: @escaping Done) { begin(CHOSTED_FLUSH, nil, 0, 0, done) }

  private func begin(
    _ kind: Int, _ buffer: UnsafeMutableRawPointer?, _ count: Int, _ first: UInt64,
    _ done: @escaping Done
  ) {
    let number = unused.popLast() ?? transfers.count
    // Safety: transfers are never freed; this one is ours until `chosted_begin` takes it.
    if number == transfers.count { transfers.append((Transfer.allocate(capacity: 1), nil)) }
    transfers[number].done = done
    transfers[number].transfer.initialize(
      to: chosted_transfer(
        buffer: buffer, count: count, offset: first &* 512, kind: Int32(kind), failed: 0,
        number: number))
    waiting.append(number)
    if waiting.count == 1 { submit() }
  }

  private func submit() {
    var taken = 0
    for number in waiting {
      guard chosted_begin(file.disk, transfers[number].transfer) == 0 else { break }
      taken += 1
    }
    waiting.removeFirst(taken)
  }

  /// The end of a request is told from the loop, never within the call that made it.
  private func end(_ result: Result<Void, BlockError>, _ done: @escaping Done) {
    ended.append((result, done))
    if let handler { loop.mark(handler) }
  }

  private func report() {
    while let transfer = chosted_ended(file.disk) {
      let number = transfer.pointee.number
      guard let done = transfers[number].done else { continue }
      transfers[number].done = nil
      unused.append(number)
      ended.append((transfer.pointee.failed == 0 ? .success(()) : .failure(.failed), done))
    }
    submit()
    let all = ended
    ended.removeAll(keepingCapacity: true)
    for (result, done) in all { done(result) }
  }
}
#endif
