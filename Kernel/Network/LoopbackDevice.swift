// A card without a wire: what is sent comes back (RFC 1122, section 3.2.1.3, 127.0.0.0/8).

internal import Devices
internal import Execution

/// The device of the interface `localhost`. Frames wait in memory, of which each keeps what it has got.
final class LoopbackDevice: NetworkDevice {
  private let loop: EventLoop
  private var handler: HandlerID?
  private var frames: [[UInt8]] = []
  private var sizes: [Int] = []
  /// The first that waits, and how many do.
  private var head = 0
  private var count = 0
  private var receive: (UnsafeRawBufferPointer) -> Void = { _ in }
  private var finish: () -> Void = {}

  private static var capacity: Int { 32 }

  init(_ loop: EventLoop) {
    self.loop = loop
  }

  var hardwareAddress: UInt64 { 0 }
  var mtu: Int { 16_384 }
  var hasFailed: Bool { false }

  func start(
    receive: @escaping (UnsafeRawBufferPointer) -> Void, finish: @escaping () -> Void
  ) {
    self.receive = receive
    self.finish = finish
    frames = (0..<Self.capacity).map { _ in [] }
    sizes = [Int](repeating: 0, count: Self.capacity)
    handler = loop.register("loopback") { [self] in deliver() }
  }

  func send(_ fill: (UnsafeMutableRawBufferPointer) -> Int) -> Bool {
    guard count < Self.capacity else { return false }
    let place = (head + count) % Self.capacity
    if frames[place].isEmpty { frames[place] = [UInt8](repeating: 0, count: mtu + 18) }
    let size = frames[place].withUnsafeMutableBytes { fill($0) }
    sizes[place] = size
    if size > 0 { count += 1 }
    return true
  }

  func flush() {
    if count > 0, let handler { loop.mark(handler) }
  }

  /// Hands over what waited when the handler began; what comes of it waits for the next turn.
  private func deliver() {
    for _ in 0..<count {
      let place = head
      head = (head + 1) % Self.capacity
      count -= 1
      let frame = frames[place]
      frame.withUnsafeBytes { receive(UnsafeRawBufferPointer(rebasing: $0[..<sizes[place]])) }
    }
    finish()
  }
}
