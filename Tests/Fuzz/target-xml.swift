// modules: Bytes GDBRemote
//
// The documents of a stub: descriptions that include each other, thread lists, memory maps. The
// input is cut at zero bytes into documents, which are handed out whatever is asked for.

import GDBRemote

@c(LLVMFuzzerTestOneInput)
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: data, count: count))
  var documents = input.split(separator: 0, omittingEmptySubsequences: false).map { Array($0) }
  _ = ThreadDescription.list(input)
  _ = MemoryDescription.map(input)
  var reader = TargetDescriptionReader()
  var step = reader.started()
  var rounds = 0
  while case .fetch(let name) = step {
    rounds += 1
    precondition(rounds <= TargetDescriptionReader.mostDocuments + 1, "asks for ever")
    step = reader.received(documents.isEmpty ? [] : documents.removeFirst(), named: name)
  }
  if case .complete(let description) = step {
    precondition(description.registers.count <= TargetDescriptionReader.mostRegisters)
    for register in description.registers {
      precondition((1...64).contains(register.size), "a size that makes no sense")
    }
  }
  return 0
}
