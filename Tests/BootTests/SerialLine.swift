// A serial line for tests: a pseudo-terminal on the tool's side, a unix socket on the agent's, and
// between them a thread that carries bytes as slowly and as late as a real line does.

import Glibc
import Synchronization

/// A line that carries bytes at a rate and with a delay.
final class SerialLine: Sendable {
  struct Fault: Error {}

  /// How the line treats what it carries.
  struct Nature: Sendable {
    /// 115,200 baud: ten bits a byte.
    var bytesPerSecond = 11_520
    /// Each way.
    var milliseconds = 300
    /// Every so many bytes, either way, one has a bit turned round; 0 for none.
    var damagesEvery = 0
    /// The cable is pulled when so many bytes have come to the tool.
    var breaksAfter = 1 << 40
    /// What the other end says all the time, whatever it is told.
    var noise: [UInt8] = []
  }

  /// The device to open.
  let device: String
  private let nature: Nature
  private let master: Int32
  /// Kept open, so that the master does not see a hang-up between two users.
  private let slave: Int32
  private let socket: Int32
  private let isOver = Mutex(false)

  /// Lays a line to the socket at `path`, or to nobody.
  init(to path: String?, _ nature: Nature = Nature()) throws {
    self.nature = nature
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
    // TIOCSPTLCK and TIOCGPTN: the other end is unlocked, and has a number.
    var (lock, number): (Int32, UInt32) = (0, 0)
    guard ioctl(master, 0x4004_5431, &lock) == 0, ioctl(master, 0x8004_5430, &number) == 0
    else { throw Fault() }
    device = "/dev/pts/\(number)"
    slave = open(device, O_RDWR | O_NOCTTY | O_CLOEXEC)
    socket = try path.map { try EchoLink($0).descriptor } ?? -1
    if socket >= 0 { _ = fcntl(socket, F_SETFL, O_NONBLOCK) }
    var thread = pthread_t()
    let carrier = Unmanaged.passRetained(Carrier(self)).toOpaque()
    pthread_create(
      &thread, nil,
      { carrier in
        if let carrier { Unmanaged<Carrier>.fromOpaque(carrier).takeRetainedValue().run() }
        return nil
      }, carrier)
    pthread_detach(thread)
  }

  /// The device as the tool's TARGET.
  var target: String { "serial:\(device)@115200" }

  /// Ends the line.
  func cut() { isOver.withLock { $0 = true } }

  /// The device's settings, as everybody can read them.
  var settings: [UInt32] {
    var now = termios()
    tcgetattr(slave, &now)
    let keys = withUnsafeBytes(of: now.c_cc) { $0.map(UInt32.init) }
    return [now.c_iflag, now.c_oflag, now.c_cflag, now.c_lflag, now.c_ispeed, now.c_ospeed] + keys
  }

  /// Carries until the line ends.
  private final class Carrier {
    private let line: SerialLine
    private var toTool = Way()
    private var toAgent = Way()

    init(_ line: SerialLine) { self.line = line }

    func run() {
      while !line.isOver.withLock({ $0 }), toTool.delivered < line.nature.breaksAfter {
        let isBusy = toTool.isBusy || toAgent.isBusy
        var events = [
          pollfd(fd: line.master, events: Int16(POLLIN), revents: 0),
          pollfd(fd: line.socket, events: Int16(POLLIN), revents: 0),
        ]
        // As a port does, it takes no more than it can send soon: the rest waits at its sender.
        if toAgent.isFull { events[0].events = 0 }
        if toTool.isFull { events[1].events = 0 }
        poll(&events, 2, isBusy || !line.nature.noise.isEmpty ? 2 : 20)
        if !toAgent.isFull { toAgent.take(from: line.master, line.nature) }
        if line.socket >= 0, !toTool.isFull { toTool.take(from: line.socket, line.nature) }
        if !line.nature.noise.isEmpty, !toTool.isBusy {
          toTool.take(line.nature.noise, line.nature)
        }
        toAgent.deliver(to: line.socket, line.nature)
        toTool.deliver(to: line.master, line.nature)
      }
      close(line.slave)
      close(line.master)
      if line.socket >= 0 { close(line.socket) }
    }
  }

  /// One direction.
  private struct Way {
    private var bytes: [UInt8] = []
    /// When each of them arrives, in microseconds.
    private var due: [Int] = []
    private var position = 0
    private var free = 0
    private var carried = 0
    private(set) var delivered = 0

    var isBusy: Bool { position < bytes.count }
    /// Whether more than half a second's bytes wait to be sent.
    var isFull: Bool { free > Self.now + 500_000 }

    mutating func take(from descriptor: Int32, _ nature: Nature) {
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = read(descriptor, &buffer, buffer.count)
      if count > 0 { take(Array(buffer[..<count]), nature) }
    }

    mutating func take(_ more: [UInt8], _ nature: Nature) {
      if !isBusy {
        bytes.removeAll()
        due.removeAll()
        position = 0
      }
      free = max(free, Self.now)
      for byte in more {
        free += 1_000_000 / nature.bytesPerSecond
        carried += 1
        let isDamaged = nature.damagesEvery > 0 && carried % nature.damagesEvery == 0
        bytes.append(isDamaged ? byte ^ 0x80 : byte)
        due.append(free + nature.milliseconds * 1000)
      }
    }

    mutating func deliver(to descriptor: Int32, _ nature: Nature) {
      var end = position
      while end < bytes.count, due[end] <= Self.now { end += 1 }
      end = min(end, position + max(0, nature.breaksAfter - delivered))
      guard end > position else { return }
      let count = bytes[position..<end].withUnsafeBytes {
        descriptor < 0 ? $0.count : write(descriptor, $0.baseAddress, $0.count)
      }
      position += max(0, count)
      delivered += max(0, count)
    }

    private static var now: Int {
      var time = timespec()
      clock_gettime(CLOCK_MONOTONIC, &time)
      return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
    }
  }
}
