// A dump of a registered instance: its RAM is a file of this machine, and QEMU's monitor tells the
// registers. So it works whatever the guest does, and takes the guest no longer than a copy of the
// pages that it has used.

internal import Bytes
internal import Cores
internal import Glibc
internal import Launcher
internal import Readings

/// What a dump has done.
struct DumpResult {
  var origin: CoreOrigin
  /// Bytes of memory, how many of them were copied, and how many could not be read.
  var memory: UInt64
  var copied: UInt64
  var unreadable: UInt64 = 0
  /// Microseconds for which the target was stopped; 0 if it stood still before.
  var pause: Int
  var threads: Int
}

/// Dumps an instance of this machine.
struct InstanceDump {
  private let instance: Instance

  init(_ instance: Instance) { self.instance = instance }

  func write(to path: String) throws -> DumpResult {
    let ram = open(instance.memoryFile, O_RDONLY | O_CLOEXEC)
    defer { if ram >= 0 { close(ram) } }
    guard ram >= 0 else {
      throw Failure(
        .nothingThere, "\(instance.memoryFile): \(String(cString: strerror(errno)))")
    }
    // Before it is stopped: looking whether it gets anywhere takes a while.
    let diagnosis = instance.examine()
    if diagnosis.status == .running || diagnosis.status == .hung {
      try instance.demand(.stop, "a dump stops it for as long as it takes")
    }
    let file = try DumpFile(path)
    var origin = CoreOrigin(name: instance.name, state: diagnosis.status.rawValue)
    origin.explanation = diagnosis.explanation
    origin.time = time(nil)
    origin.machine = instance.guest.machine.rawValue
    origin.image = instance.guest.image
    origin.root = RAMFile(path: instance.memoryFile, segments: instance.guest.segments)?.findRoot()
    let segments = instance.guest.segments
    let (copied, pause) = try instance.whilePaused { guest throws(LaunchError) in
      try Self.copy(guest, segments, ram, file, instance.buildID, origin)
    }
    try file.finish(copied.writer)
    return DumpResult(
      origin: origin, memory: segments.reduce(0) { $0 + $1.size }, copied: copied.bytes,
      pause: pause, threads: copied.writer.threads.count)
  }

  /// What has to be done while the guest stands still.
  private static func copy(
    _ guest: PausedGuest, _ segments: [CoreSegment], _ ram: Int32, _ file: DumpFile,
    _ buildID: BuildID?, _ origin: CoreOrigin
  ) throws(LaunchError) -> (writer: CoreWriter, bytes: UInt64) {
    // SIGABRT, as of a process that ends itself.
    let signal = guest.status == .panicked ? 6 : 0
    let threads = guest.processors.enumerated().map {
      CoreThread($0.element, number: $0.offset + 1, signal: signal)
    }
    var writer = CoreWriter(
      segments: segments.count, threads: threads, buildID: buildID, origin: origin)
    var bytes: UInt64 = 0
    for segment in segments {
      let placed = writer.place(segment.start, size: segment.size)
      guard
        let copied = SparseCopy.copy(
          from: ram, at: segment.offset, count: segment.size, to: file.descriptor,
          at: placed.offset)
      else { throw LaunchError(.failed, file.failure().message) }
      bytes += copied
    }
    return (writer, bytes)
  }
}
