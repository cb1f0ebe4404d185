// What a guest is made of, as the options of `porthole run` say it.

/// A machine type of QEMU.
public enum MachineType: String, CaseIterable, Sendable {
  case microvm, q35, pc
}

/// How QEMU executes the guest.
public enum Accelerator: String, CaseIterable, Sendable {
  case tcg, kvm
}

/// What happens when the guest panics.
public enum PanicAction: String, CaseIterable, Sendable {
  /// The guest stops and stays attachable.
  case halt
  /// QEMU ends; `porthole run` returns 4.
  case exit
  /// The guest boots again.
  case reboot
}

/// How far clients of an instance may go; each level includes the ones before it.
public enum AuthorityLevel: String, CaseIterable, Comparable, Sendable {
  case observe, stop, write, update

  public static func < (left: AuthorityLevel, right: AuthorityLevel) -> Bool {
    guard let first = allCases.firstIndex(of: left), let second = allCases.firstIndex(of: right)
    else { return false }
    return first < second
  }
}

/// What the guest's network card is connected to.
public enum NetworkAttachment: Hashable, Sendable {
  case none
  /// QEMU's own network, with ports forwarded from the host's loopback.
  case user
  /// An existing TAP interface.
  case tap(interface: String)
  /// One Ethernet frame a datagram, to the unix socket at this path.
  case datagram(path: String)

  /// Parses `user`, `tap:IF`, `dgram:PATH` or `none`; `nil` for anything else.
  public static func parse(_ text: String) -> NetworkAttachment? {
    if text == "none" { return .some(.none) }
    if text == "user" { return .user }
    if text.hasPrefix("tap:"), text.utf8.count > 4 {
      return .tap(interface: String(text.dropFirst(4)))
    }
    if text.hasPrefix("dgram:"), text.utf8.count > 6 {
      return .datagram(path: String(text.dropFirst(6)))
    }
    return nil
  }
}

/// A port of the host's loopback, of TCP and of UDP, that leads to the same port of the guest's.
public struct PortForward: Hashable, Sendable {
  public var host: UInt16
  public var guest: UInt16

  /// Creates a forward.
  public init(host: UInt16, guest: UInt16) {
    self.host = host
    self.guest = guest
  }

  /// Parses `HOSTPORT:PORT`; `nil` for anything else, port 0 included.
  public static func parse(_ text: String) -> PortForward? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let host = UInt16(parts[0]), let guest = UInt16(parts[1]),
      host > 0, guest > 0
    else { return nil }
    return PortForward(host: host, guest: guest)
  }
}

/// Everything that decides what a guest boots with.
public struct GuestConfiguration: Hashable, Sendable {
  /// The path of the image to boot: a kernel that QEMU loads itself, or a disk.
  public var image: String
  /// Whether the image is a disk with a boot loader, which the machine's BIOS starts.
  public var isDiskImage = false
  public var machine = MachineType.microvm
  /// RAM in MiB.
  public var memory = 64
  public var accelerator = Accelerator.tcg
  /// Whether virtual time counts instructions, so that runs repeat exactly.
  public var isCountingInstructions = false
  public var network = NetworkAttachment.none
  public var forwards: [PortForward] = []
  /// The path of a raw disk image.
  public var disk: String?
  public var onPanic = PanicAction.halt
  public var authority = AuthorityLevel.write
  /// Words for the guest's command line.
  public var arguments: [String] = []

  /// Creates the default guest for an image.
  public init(image: String) { self.image = image }
}
