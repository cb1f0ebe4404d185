// How options of enumerations are read, and those that say what a guest boots with, shared by
// `run` and `demo`.

public import ArgumentParser
public import Canvas
public import Launcher
public import Terminal

extension MachineType: ExpressibleByArgument {}
extension Accelerator: ExpressibleByArgument {}
extension PanicAction: ExpressibleByArgument {}
extension AuthorityLevel: ExpressibleByArgument {}
extension ImageArchitecture: ExpressibleByArgument {}
extension ColorChoice: ExpressibleByArgument {}
extension Theme: ExpressibleByArgument {}

extension NetworkAttachment: ExpressibleByArgument {
  public init?(argument: String) {
    guard let parsed = NetworkAttachment.parse(argument) else { return nil }
    self = parsed
  }
}

extension PortForward: ExpressibleByArgument {
  public init?(argument: String) {
    guard let parsed = PortForward.parse(argument) else { return nil }
    self = parsed
  }
}

/// The guest's machine.
struct MachineOptions: ParsableArguments {
  @Option(help: "The machine type; default is microvm, and pc for a disk, which needs a BIOS.")
  var machine: MachineType?

  @Option(help: ArgumentHelp("RAM in MiB, at least 2.", valueName: "MB"))
  var memory = Self.defaultMemory

  static let defaultMemory = 64

  @Option(help: "How QEMU executes the guest.")
  var accel = Accelerator.tcg

  @Flag(help: "Let virtual time count instructions, so that runs repeat exactly.")
  var icount = false

  func validate() throws {
    guard (2...1_048_576).contains(memory) else {
      throw ValidationError("--memory is in MiB, from 2 to 1048576")
    }
    if icount, accel == .kvm { throw ValidationError("--icount needs --accel tcg") }
  }

  /// A configuration for an image, or a disk, with these options.
  func configuration(image: String) throws -> GuestConfiguration {
    var guest = GuestConfiguration(image: image)
    guest.isDiskImage = DiskImage.isDisk(image)
    guest.machine = machine ?? (guest.isDiskImage ? .pc : .microvm)
    if guest.isDiskImage, guest.machine == .microvm {
      throw Failure(.usage, "microvm has no BIOS to boot a disk with; use --machine pc or q35")
    }
    guest.memory = memory
    guest.accelerator = accel
    guest.isCountingInstructions = icount
    return guest
  }
}
