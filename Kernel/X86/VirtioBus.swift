// Finding virtio devices: on PCI where there is PCI, else at the windows that the boot loader
// named on the command line, or where microvm has them. Nothing is looked for before a driver
// asks, and an image without drivers has none of this.

internal import Devices
internal import Machine
internal import Virtio

/// A device that has been found, and the line that its interrupts mark.
struct VirtioAttachment {
  let transport: any VirtioTransport
  /// Nil if no interrupts were asked for.
  let line: Line?
}

enum VirtioBus {
  /// The `index`th device of a kind, in the order of the bus; nil if there are not so many.
  ///
  /// With `needsInterrupt` its interrupts are routed to a new line. A device that is there and
  /// cannot be used throws why.
  static func find(
    _ type: UInt32, _ index: Int, needsInterrupt: Bool
  ) throws(VirtioError) -> VirtioAttachment? {
    if let configuration = PortConfiguration() {
      return try find(type, index, needsInterrupt, on: configuration)
    }
    guard let window = window(type, index) else { return nil }
    let transport = try MMIOTransport(DeviceMemory(base: window.base))
    guard needsInterrupt else { return VirtioAttachment(transport: transport, line: nil) }
    guard let line = Interrupts.route(ioControllerInput: window.interrupt) else {
      throw .noInterrupt
    }
    return VirtioAttachment(transport: transport, line: line)
  }

  // MARK: PCI

  private static func find(
    _ type: UInt32, _ index: Int, _ needsInterrupt: Bool, on configuration: PortConfiguration
  ) throws(VirtioError) -> VirtioAttachment? {
    var left = index
    var found: PCIFunction<PortConfiguration>?
    configuration.scan { function in
      guard PCILayout.deviceType(of: function) == type else { return false }
      left -= 1
      guard left < 0 else { return false }
      found = function
      return true
    }
    guard let function = found else { return nil }
    let layout = try PCILayout(of: function)
    function.enableMemoryAndMastering()
    let line = needsInterrupt ? try routeMessage(of: function) : nil
    let transport = try PCITransport(function, layout, vectors: line == nil ? 0 : 1) { window in
      DeviceMemory(mapping: window.base, size: UInt64(window.size))
    }
    return VirtioAttachment(transport: transport, line: line)
  }

  /// Makes the device's first message mark a new line. One is enough: a driver serves all of its
  /// queues in one handler.
  private static func routeMessage(
    of function: PCIFunction<PortConfiguration>
  ) throws(VirtioError) -> Line {
    guard let capability = MSIXCapability(of: function) else { throw .noMessages }
    guard let bar = function.memoryBase(ofBAR: capability.bar),
      let table = DeviceMemory(
        mapping: bar + UInt64(capability.tableOffset), size: UInt64(capability.tableSize))
    else { throw .malformedCapabilities }
    guard let (line, message) = Interrupts.routeMessage() else { throw .noInterrupt }
    message.install(0, in: table)
    capability.enable(function)
    return line
  }

  // MARK: Windows

  private static func window(_ type: UInt32, _ index: Int) -> MMIOParameter? {
    var left = index
    var found: MMIOParameter?
    var isNamed = false
    func look(at window: MMIOParameter) {
      guard found == nil,
        let memory = DeviceMemory(mapping: window.base, size: window.size),
        MMIOTransport.probe(memory) == type
      else { return }
      left -= 1
      if left < 0 { found = window }
    }
    MMIOParameter.each(on: BootMemory.commandLine) { window in
      isNamed = true
      look(at: window)
    }
    // Where QEMU's microvm has its windows and their inputs without firmware tables.
    if !isNamed, !BootMemory.hasFirmwareTables {
      for slot in UInt64(0)..<8 {
        look(
          at: MMIOParameter(
            base: 0xfeb0_0000 + slot * 512, size: 512,
            interrupt: UInt32(truncatingIfNeeded: 5 + slot)))
      }
    }
    return found
  }
}
