// Task state and interrupt gates. Exceptions run on stacks of their own, so that a fault on an
// overflowed stack is still reported: double fault, NMI and machine check have one each, debug
// traps one, all other faults one. Once a panic has begun, all go to the last, so a fault inside
// the report does not overwrite the frames that the report is about.
//
// Interrupts have one too: the compiler writes below the stack pointer in debug images (the runtime's
// `swift_retain` is built without regard to `-mno-red-zone`), where an interrupt on the same stack
// would leave its frame. They are never nested, so one is enough.
//
// Formats: AMD APM volume 2, sections 4.8.3 (gates) and 12.2.5 (task state).

internal import CX86

/// The stacks for exceptions and interrupts, by their number in the task state.
enum FaultStack: UInt64 {
  case fault = 1
  case doubleFault
  case nmi
  case machineCheck
  case trap
  case interrupt
  case nested

  /// The stack that an exception or interrupt uses.
  init(vector: Int) {
    switch vector {
    case 1, 3: self = .trap
    case 2: self = .nmi
    case 8: self = .doubleFault
    case 18: self = .machineCheck
    case 32...: self = .interrupt
    default: self = .fault
    }
  }
}

enum Descriptors {
  /// Fills task state and gates and loads them. Interrupts stay off.
  @_optimize(size)
  static func load() {
    // `allCases` would be an array, and there is no heap yet.
    for number in 1...FaultStack.nested.rawValue { setStack(number, to: top(of: number)) }
    let state = x86_task_state()
    x86_store16(state + 102, 104)  // no I/O permission map
    let low = (state & 0xff_ffff) << 16 | (state >> 24 & 0xff) << 56
    x86_store64(x86_descriptors() + 24, low | 103 | 0x89 << 40)
    x86_store64(x86_descriptors() + 32, state >> 32)
    x86_load_task(24)
    for vector in 0..<48 {
      setGate(
        vector, to: x86_interrupt_entries() + UInt64(vector) * 16,
        stack: FaultStack(vector: vector))
    }
    setGate(
      255, to: x86_interrupt_entries() + UInt64(Vector.spurious.rawValue) * 16, stack: .interrupt)
    x86_load_idt(x86_gates(), 4095)
  }

  /// From now on every exception runs on the stack for nested ones.
  static func divertToNestedStack() {
    for number in 1...FaultStack.nested.rawValue {
      setStack(number, to: top(of: FaultStack.nested.rawValue))
    }
  }

  /// Lets faults begin half-way down their stack, or at its end again.
  static func lowerFaultStack(_ isLowered: Bool) {
    let number = FaultStack.fault.rawValue
    // In a panic all stacks are the nested one, and stay so.
    guard x86_load64(x86_task_state() + 36) & ~4095 != top(of: FaultStack.nested.rawValue) else {
      return
    }
    setStack(number, to: top(of: number) - (isLowered ? 4096 : 0))
  }

  /// The address after the stack's last byte, where it starts to grow down.
  private static func top(of number: UInt64) -> UInt64 {
    x86_fault_stacks_bottom() + number * x86_fault_stack_stride
  }

  private static func setStack(_ number: UInt64, to top: UInt64) {
    x86_store64(x86_task_state() + 36 + (number - 1) * 8, top)
  }

  /// Makes `vector` lead to `entry`, on that stack.
  static func setGate(_ vector: Int, to entry: UInt64, stack: FaultStack) {
    let gate = x86_gates() + UInt64(vector) * 16
    let interruptGate: UInt64 = 0x8e << 40
    x86_store64(
      gate,
      entry & 0xffff | 8 << 16 | stack.rawValue << 32 | interruptGate | (entry >> 16 & 0xffff) << 48
    )
    x86_store64(gate + 8, entry >> 32)
  }
}
