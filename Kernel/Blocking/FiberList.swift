// The list of all fibers of the core, through the records on their stacks, for those who look at
// them from outside.

internal import Machine

/// The fibers that have begun and are not done.
enum FiberList {
  // Safety: one core, outside interrupt handlers.
  nonisolated(unsafe) private static var lastNumber: UInt = 0

  /// Writes a new fiber's record and puts it first. The link to it is written last: a handler that
  /// interrupts this finds the list with or without it.
  static func add(_ fiber: Fiber) {
    lastNumber &+= 1
    var record = FiberRecord(number: lastNumber, name: fiber.name, stack: fiber.stack)
    record.next = Core.current.fibers
    fiber.record.initialize(to: record)
    if let next = at(record.next) { next.pointee.previous = UInt(bitPattern: fiber.record) }
    Core.current.fibers = UInt(bitPattern: fiber.record)
  }

  /// Takes a fiber out that is done.
  static func remove(_ fiber: Fiber) {
    let record = fiber.record.pointee
    if let previous = at(record.previous) {
      previous.pointee.next = record.next
    } else {
      Core.current.fibers = record.next
    }
    if let next = at(record.next) { next.pointee.previous = record.previous }
  }

  private static func at(_ address: UInt) -> UnsafeMutablePointer<FiberRecord>? {
    // Safety: the list holds records of fibers whose stacks are in use.
    UnsafeMutablePointer(bitPattern: address)
  }
}
