// Drivers on the devices of this machine. One function each, so that an image has the drivers
// that it asks for and no others.

public import Execution
internal import Machine
public import Virtio

/// The virtio devices of the machine.
public enum VirtioDrivers {
  /// Starts the `index`th disk; nil if there is none, or it cannot be used, which is reported.
  public static func block(_ index: Int, on loop: EventLoop) -> VirtioBlock? {
    do throws(VirtioError) {
      guard
        let found = try VirtioBus.find(VirtioBlock.deviceType, index, needsInterrupt: true),
        let line = found.line
      else { return nil }
      return try VirtioBlock(found.transport, loop: loop, line: line)
    } catch {
      error.report("virtio-blk", isLate: false)
      return nil
    }
  }

  /// Starts the `index`th network card; nil if there is none, or it cannot be used.
  public static func network(_ index: Int, on loop: EventLoop) -> VirtioNetwork? {
    do throws(VirtioError) {
      guard
        let found = try VirtioBus.find(VirtioNetwork.deviceType, index, needsInterrupt: true),
        let line = found.line
      else { return nil }
      return try VirtioNetwork(found.transport, loop: loop, line: line)
    } catch {
      error.report("virtio-net", isLate: false)
      return nil
    }
  }

  // Safety: used by the one core outside interrupt handlers.
  nonisolated(unsafe) private static var consoles: [VirtioConsole] = []

  /// Starts the `index`th console device; nil if there is none, or it cannot be used. Power-off and
  /// reset wait, not for long, until the host has what was written.
  public static func console(
    _ index: Int, on loop: EventLoop, onInput: @escaping (UnsafeRawBufferPointer) -> Void
  ) -> VirtioConsole? {
    do throws(VirtioError) {
      guard
        let found = try VirtioBus.find(VirtioConsole.deviceType, index, needsInterrupt: true),
        let line = found.line
      else { return nil }
      let console = try VirtioConsole(found.transport, loop: loop, line: line, onInput: onInput)
      consoles.append(console)
      Power.last = {
        for console in VirtioDrivers.consoles { console.flush { X86Machine.shared.now } }
      }
      return console
    } catch {
      error.report("virtio-console", isLate: false)
      return nil
    }
  }

  /// Starts the entropy device; nil if there is none, or it cannot be used. Needs no event loop.
  public static func entropy() -> VirtioEntropy? {
    do throws(VirtioError) {
      guard
        let found = try VirtioBus.find(VirtioEntropy.deviceType, 0, needsInterrupt: false)
      else { return nil }
      return try VirtioEntropy(found.transport) { X86Machine.shared.now }
    } catch {
      error.report("virtio-rng", isLate: false)
      return nil
    }
  }
}
