// A serial port that is ours alone while it is open. Two locks, since each alone is passed over by
// somebody: TIOCEXCL keeps ordinary programs from opening the device, flock keeps out those that
// ask, among them another porthole that runs as root.

internal import Glibc
internal import Inspect

/// An open serial port, raw, and what it was before.
struct SerialPort {
  let descriptor: Int32
  let device: String
  let baud: Int
  let previous: LineSettings

  /// Opens a device as a raw line; fails where it is no serial port, is taken, or lacks the rate.
  static func open(_ device: String, baud: Int) throws(InspectError) -> SerialPort {
    // Without waiting for a carrier, and never as this process's own terminal.
    let descriptor = Glibc.open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw cannotOpen(device, errno) }
    do throws(InspectError) {
      let previous = try takeOver(descriptor, device, baud: baud)
      return SerialPort(descriptor: descriptor, device: device, baud: baud, previous: previous)
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// The port as a guardian inherits it.
  static func inherited(
    _ descriptor: Int32, device: String, baud: Int, previous: LineSettings
  ) -> SerialPort {
    SerialPort(descriptor: descriptor, device: device, baud: baud, previous: previous)
  }

  /// Makes the line raw, whatever was done to it since it was opened.
  func makeRaw() -> Bool { LineSettings(rawAt: baud).apply(to: descriptor) }

  /// Gives the port back as it was, after what was written has left it.
  func giveBack() {
    _ = previous.apply(to: descriptor, afterOutput: true)
    _ = ioctl(descriptor, UInt(TIOCNXCL))
    flock(descriptor, LOCK_UN)
  }

  private static func takeOver(
    _ descriptor: Int32, _ device: String, baud: Int
  ) throws(InspectError) -> LineSettings {
    // The lock first: settings of a port that another porthole uses are not the previous ones.
    guard isatty(descriptor) == 1 || errno != ENOTTY else {
      throw .lost("\(device) is no serial port; \(advice)")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw taken(device) }
    guard let previous = LineSettings(of: descriptor) else {
      throw .lost("\(device): there is no port behind it (\(errorText(errno))); \(advice)")
    }
    guard ioctl(descriptor, UInt(TIOCEXCL)) == 0 else {
      throw .lost("\(device): \(errorText(errno))")
    }
    let isRaw = LineSettings(rawAt: baud).apply(to: descriptor)
    let reason = errno
    let actual = LineSettings(of: descriptor)?.baud ?? 0
    // A receiver tolerates a few per cent; drivers round to what the port can do.
    guard isRaw, abs(actual - baud) * 100 <= baud * 3 else {
      _ = previous.apply(to: descriptor)
      _ = ioctl(descriptor, UInt(TIOCNXCL))
      throw .unsupported(
        isRaw
          ? "\(device) cannot do \(baud) baud, it would do \(actual): try serial:\(device)@115200"
          : "\(device) cannot be set to \(baud) baud: \(errorText(reason))")
    }
    // What came before was not for us, and perhaps at another rate.
    tcflush(descriptor, TCIOFLUSH)
    return previous
  }

  private static func cannotOpen(_ device: String, _ number: Int32) -> InspectError {
    switch number {
    case ENOENT, ENOTDIR, ENODEV:
      .lost("\(device): there is no such device; \(advice)")
    case EACCES, EPERM:
      .forbidden(
        "\(device): no permission; join the group that `ls -l \(device)` shows (often dialout: "
          + "sudo usermod -aG dialout $USER) and log in again")
    case EBUSY: taken(device)
    case ENXIO:
      .lost("\(device) has no port behind it, or is a socket, for which write unix:\(device)")
    default: .lost("\(device): \(errorText(number)); \(advice)")
    }
  }

  private static func taken(_ device: String) -> InspectError {
    .lost("\(device) is in use by another program; `fuser -v \(device)` shows which")
  }

  private static let advice = "`ls /dev/ttyS* /dev/ttyUSB* /dev/ttyACM*` lists serial ports"
}
