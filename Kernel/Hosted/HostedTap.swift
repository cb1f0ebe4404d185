// Network cards of a process: TAP interfaces of the host, one for each `--tap` of its command line.

#if !BAREMETAL
internal import CHosted
public import Devices
public import Execution
internal import Machine

/// The interfaces that the command line names, open from the start: the sandbox opens none.
enum HostedTaps {
  struct Interface {
    var descriptor: Int32
    var line: Line
  }

  // Safety: one thread; written at start only.
  nonisolated(unsafe) private(set) static var interfaces: [Interface] = []

  /// Opens all of them, each with a line; ends the process with status 2 if one cannot be opened.
  static func open(_ lines: inout LineAllocator) {
    while let name = chosted_tap_name(interfaces.count) {
      let descriptor = chosted_open_tap(name)
      guard descriptor >= 0, let line = lines.claim(),
        chosted_watch(descriptor, UInt32(line.rawValue)) != 0
      else {
        chosted_complain(
          "cannot open this TAP interface (it must not be in use; making one needs root): ")
        chosted_complain(name)
        chosted_complain("\n")
        chosted_exit(2)
      }
      interfaces.append(Interface(descriptor: descriptor, line: line))
    }
  }
}

/// A TAP interface as a card. Its address is drawn at random, and the process's own (bit "local").
///
/// What the host's queue does not take is lost, as on a wire: the host takes what is written at once.
public final class HostedTap: NetworkDevice {
  private let interface: HostedTaps.Interface
  private let loop: EventLoop
  private var handler: HandlerID?
  private var receive: (UnsafeRawBufferPointer) -> Void = { _ in }
  private var finish: () -> Void = {}
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 2048, alignment: 16)

  /// Frames that are taken at a time, so that other handlers have their turn.
  private static var portion: Int { 64 }

  /// The `index`th interface of the command line, on the given loop; nil beyond the last.
  public init?(_ index: Int, on loop: EventLoop) {
    guard index >= 0, index < HostedTaps.interfaces.count else { return nil }
    interface = HostedTaps.interfaces[index]
    self.loop = loop
    // Locally administered, and no group's (IEEE 802, section 8.4.4).
    hardwareAddress = (chosted_entropy() & 0xfcff_ffff_ffff) | 0x0200_0000_0000
  }

  public let hardwareAddress: UInt64
  public var mtu: Int { 1500 }
  public var hasFailed: Bool { false }

  public func start(
    receive: @escaping (UnsafeRawBufferPointer) -> Void, finish: @escaping () -> Void
  ) {
    self.receive = receive
    self.finish = finish
    let handler = loop.register("tap", line: interface.line) { self.take() }
    self.handler = handler
    // What came before the line was watched marks it no more.
    loop.mark(handler)
  }

  private func take() {
    guard let start = buffer.baseAddress else { return }
    var count = 0
    while count < Self.portion {
      let size = Int(chosted_tap_receive(interface.descriptor, start, buffer.count))
      if size == 0 { break }
      // Safety: as many bytes of the buffer as the host has just written.
      receive(UnsafeRawBufferPointer(start: start, count: size))
      count += 1
    }
    if count > 0 { finish() }
    if count == Self.portion, let handler { loop.mark(handler) }
  }

  public func send(_ fill: (UnsafeMutableRawBufferPointer) -> Int) -> Bool {
    // What arrives is done with when something is sent: they share the buffer.
    let size = fill(UnsafeMutableRawBufferPointer(rebasing: buffer[..<(mtu + 18)]))
    if size > 0 { _ = chosted_tap_send(interface.descriptor, buffer.baseAddress, size) }
    return true
  }

  public func flush() {}
}
#endif
