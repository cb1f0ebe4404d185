// Booting a guest and ending it.

public import Bytes
internal import Glibc
internal import JSON

/// A guest just booted by this process.
public struct BootedInstance {
  public var instance: Instance
  /// The QEMU process, a child of this one.
  public var child: ChildProcess
  /// The monitor that tells of the guest's panic and end.
  public var events: QMPConnection
}

extension Registry {
  /// Boots a guest and registers it under `name`.
  ///
  /// Returns when QEMU's monitor answers, about 40 ms later. `diesWithTool` ties QEMU's life to the
  /// calling thread's. `buildID` is the image's, for the record.
  public func boot(
    _ guest: GuestConfiguration, name: String, buildID: BuildID?, diesWithTool: Bool
  ) throws(LaunchError) -> BootedInstance {
    guard Files.isReadable(guest.image) else {
      throw LaunchError(.nothingThere, "cannot read the image \(guest.image)")
    }
    let directory = try reserve(name)
    var isRegistered = false
    defer { if !isRegistered { Files.removeFolder(directory) } }
    let log = open(
      directory + "/qemu.log", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
    defer { close(log) }
    let child = try ChildProcess.start(
      QEMU.executable, QEMU.arguments(guest, in: directory), output: log, error: log,
      diesWithParent: diesWithTool)
    guard let process = ProcessIdentity(pid: child.pid) else {
      throw Self.failure(child, directory)
    }
    let instance = Instance(
      name: name, process: process, directory: directory, guest: guest, buildID: buildID,
      started: time(nil))
    let events = try Self.awaitMonitor(of: instance, child)
    try Files.replace(instance.recordFile, with: Array(instance.record.text.utf8) + [0x0a])
    isRegistered = true
    do throws(LaunchError) {
      _ = try events.execute("cont", milliseconds: 5000)
    } catch {
      // A guest that powers off at once takes the monitor with it, answer and all.
      guard error.kind == .nothingThere else { throw error }
    }
    return BootedInstance(instance: instance, child: child, events: events)
  }

  /// Ends an instance and removes its folder: asks QEMU, then insists.
  public func stop(_ instance: Instance) throws(LaunchError) {
    // A refusal or a time-out is no failure: the signals below follow.
    _ = try? instance.withMonitor(milliseconds: 1000) { monitor throws(LaunchError) in
      try monitor.execute("quit", milliseconds: 1000)
    }
    for (signal, milliseconds) in [(Int32(0), 1000), (SIGTERM, 1000), (SIGKILL, 3000)] {
      if signal != 0 { _ = instance.process.send(signal) }
      let deadline = Deadline(milliseconds: milliseconds)
      while instance.process.isAlive, !deadline.isOver { usleep(2000) }
      if !instance.process.isAlive { return Files.removeFolder(instance.directory) }
    }
    throw LaunchError(.timedOut, "QEMU (pid \(instance.process.pid)) does not end")
  }

  private static func awaitMonitor(
    of instance: Instance, _ child: ChildProcess
  ) throws(LaunchError) -> QMPConnection {
    let deadline = Deadline(milliseconds: 20_000)
    while !deadline.isOver {
      if child.hasEnded { throw failure(child, instance.directory) }
      do throws(LaunchError) {
        return try QMPConnection(
          path: instance.eventsSocket, milliseconds: deadline.remaining)
      } catch {
        guard error.kind == .nothingThere else { throw error }
      }
      usleep(1000)
    }
    _ = instance.process.send(SIGKILL)
    throw LaunchError(.timedOut, "QEMU did not start within 20 seconds")
  }

  private static func failure(_ child: ChildProcess, _ directory: String) -> LaunchError {
    _ = child.wait()
    let said = Files.text(directory + "/qemu.log") ?? ""
    return LaunchError(.failed, "QEMU did not start: " + (said.isEmpty ? "it said nothing" : said))
  }
}
