// Listening to what goes over a guest's network card. QEMU copies each frame into a pipe that it was
// handed; the guest itself has no part in it. QEMU is made to write without waiting: who reads too slowly,
// or has died, loses frames, and holds up nobody.

internal import CLinux
internal import Glibc
internal import JSON

/// An ear at an instance's network card, for as long as it is not ended.
public final class Wiretap {
  /// What came: classic pcap (`PcapStream` of Exchange); its end means that QEMU has stopped writing,
  /// because nobody read in time or because it has ended.
  public let descriptor: Int32
  /// Whether QEMU, and the guest with it, waits for who does not read, because this process may not change
  /// that (`ptrace_scope`, another user).
  public let waits: Bool
  private let instance: Instance
  private let name: String

  /// Bytes that QEMU may be ahead of the reader: what the kernel grants anybody.
  private static let ahead: Int32 = 1 << 20
  /// F_SETPIPE_SZ, which the C library shows only to those that ask for GNU's extensions.
  private static let setPipeSize: Int32 = 1031
  private static let milliseconds = 2000
  private static let prefix = "porthole-capture-"

  /// Bytes before each frame that are none of it: a TAP interface has a `virtio_net_hdr` there.
  public var header: Int {
    if case .tap = instance.guest.network { return 12 }
    return 0
  }

  /// Begins to listen. Costs some milliseconds of QEMU.
  public init(_ instance: Instance) throws(LaunchError) {
    self.instance = instance
    guard instance.guest.network != .none else {
      throw LaunchError(
        .failed, "\(instance.name) has no network card: run it with --net user, tap: or dgram:")
    }
    var ends: [Int32] = [0, 0]
    guard linux_pipe(&ends) == 0 else { throw LaunchError.system("cannot make a pipe") }
    let (output, input) = (ends[0], ends[1])
    defer { close(input) }
    _ = fcntl(input, Self.setPipeSize, Self.ahead)
    _ = fcntl(output, F_SETFL, O_NONBLOCK)
    let waits: Bool
    let name = Self.prefix + "\(getpid())-\(output)"
    self.name = name
    do throws(LaunchError) {
      waits = try instance.withMonitor(
        milliseconds: Self.milliseconds
      ) { monitor throws(LaunchError) in
        Self.removeForgotten(monitor)
        let (set, number) = try monitor.hand(input, milliseconds: Self.milliseconds)
        defer {
          _ = try? monitor.execute(
            "remove-fd", ["fdset-id": .integer(set)], milliseconds: Self.milliseconds)
        }
        _ = try monitor.execute(
          "object-add",
          [
            "qom-type": "filter-dump", "id": .string(name), "netdev": "net0",
            "file": .string("/proc/self/fd/\(number)"), "maxlen": 262_144,
          ], milliseconds: Self.milliseconds)
        return !Self.keepFromWaiting(instance.process.pid, input, except: number)
      }
    } catch {
      close(output)
      throw error
    }
    descriptor = output
    self.waits = waits
  }

  /// Has a process write into a pipe of ours without waiting, by all its descriptors of it but one; false if
  /// that is not to be had.
  private static func keepFromWaiting(_ process: Int32, _ pipe: Int32, except: Int) -> Bool {
    guard let name = link("/proc/self/fd/\(pipe)") else { return false }
    let handle = linux_pidfd_open(process)
    guard handle >= 0 else { return false }
    defer { close(handle) }
    var isDone = false
    for number in 0..<1024 where number != except {
      guard link("/proc/\(process)/fd/\(number)") == name else { continue }
      let copy = linux_pidfd_getfd(handle, Int32(number))
      guard copy >= 0 else { return false }
      // A copy shares the flags.
      isDone = fcntl(copy, F_SETFL, O_NONBLOCK) == 0
      close(copy)
    }
    return isDone
  }

  private static func link(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: 256)
    let count = readlink(path, &buffer, buffer.count)
    let bytes = buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }

  deinit { close(descriptor) }

  /// Ends it. What was written until now can still be read.
  public func end() {
    let name = name
    _ = try? instance.withMonitor(milliseconds: Self.milliseconds) { monitor throws(LaunchError) in
      try monitor.execute(
        "object-del", ["id": .string(name)], milliseconds: Self.milliseconds)
    }
  }

  /// Removes what tools that were killed have left: it writes no more, but is there.
  private static func removeForgotten(_ monitor: QMPConnection) {
    let objects = try? monitor.execute(
      "qom-list", ["path": "/objects"], milliseconds: milliseconds)
    for object in objects?.array ?? [] {
      guard let name = object["name"]?.string, name.hasPrefix(prefix),
        let process = Int32(name.dropFirst(prefix.count).prefix { $0.isNumber }),
        kill(process, 0) != 0, errno == ESRCH
      else { continue }
      _ = try? monitor.execute(
        "object-del", ["id": .string(name)], milliseconds: milliseconds)
    }
  }
}
