// modules: Bytes GDBRemote
//
// Agent bytecode that says anything, on a machine that has it all: a breakpoint's condition is code
// of the client's that runs in the instance. The first byte chooses how much memory there is.

import Bytes
import GDBRemote

private struct Machine: StubTarget {
  var memory: [UInt8]
  let registers = StubRegisters(sizes: [8, 4, 2, 16], description: "<target/>", expedited: [0])

  func appendRegister(_ number: Int, of thread: UInt64, to output: inout [UInt8]) -> Bool {
    precondition(registers.sizes[number] <= 8, "a register that is no number")
    output.append(contentsOf: repeatElement(UInt8(number), count: Int(registers.sizes[number])))
    return number != 2
  }
  mutating func setRegister(_ number: Int, of thread: UInt64, to bytes: ArraySlice<UInt8>) -> Bool {
    preconditionFailure("an expression changes nothing")
  }
  func appendMemory(at address: Address, count: Int, to output: inout [UInt8]) {
    precondition(count >= 0 && count <= BytecodeEvaluation.mostBytes, "a read beyond bounds")
    if address.value < UInt64(memory.count) {
      output.append(contentsOf: memory[Int(address.value)...].prefix(count))
    }
  }
  mutating func writeMemory(_ bytes: ArraySlice<UInt8>, at address: Address) -> Bool {
    preconditionFailure("an expression changes nothing")
  }
  func thread(at index: Int) -> UInt64? { index == 0 ? 1 : nil }
  func appendName(of thread: UInt64, to output: inout [UInt8]) {}
  func memory(at index: Int) -> StubMemory? { nil }
  mutating func set(_ point: RemoteStopPoint, isPlanted: Bool) -> StubVerdict { .done }
  mutating func monitor(_ command: ArraySlice<UInt8>, output: inout [UInt8]) -> Bool { false }
}

@c(LLVMFuzzerTestOneInput)
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: data, count: count))
  guard let first = input.first else { return 0 }
  let machine = Machine(memory: Array(input.prefix(Int(first))))
  var scratch: [UInt8] = []
  var text: [UInt8] = []
  scratch.reserveCapacity(BytecodeEvaluation.mostBytes)
  // Twice the same: what is left in the buffers must not matter.
  let once = try? BytecodeEvaluation.value(
    of: input.dropFirst(), in: 1, machine, scratch: &scratch, text: &text)
  precondition(text.count <= 1024, "text without end")
  let said = text.count
  let again = try? BytecodeEvaluation.value(
    of: input.dropFirst(), in: 1, machine, scratch: &scratch, text: &text)
  precondition(once == again && text.count == 2 * said, "not the same twice")
  return 0
}
