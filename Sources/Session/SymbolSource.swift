// What a session asks of symbols. `SymbolFile` is the one source in the tool; tests bring a small
// one of their own, so that stepping is tested without compiling anything.

public import Bytes
public import Symbols

/// A source of names, lines, stacks and variables for one image.
public protocol SymbolSource: AnyObject {
  var path: String { get }
  var buildID: BuildID? { get }
  var entry: Address { get }
  var isPositionIndependent: Bool { get }
  var bias: UInt64 { get set }
  var sections: [Section] { get }
  func function(at: Address) -> Function?
  func frames(at pc: Address) -> [SourceLocation]
  func functions(named: String) -> [Function]
  func breakpointAddress(of: Function) -> Address
  func inlinedInstances(named: String) -> [Address]
  func locations(file: String, line: Int) -> (line: Int, addresses: [Address])?
  func statement(at: Address) -> Range<Address>?
  func data(named: String) -> DataSymbol?
  func symbol(covering: Address) -> (name: String, offset: UInt64)?
  func completions(of prefix: String, limit: Int) -> [String]
  func sourceFiles() -> [String]
  func unwind(_ frame: UnwindFrame, memory: MemoryReader) -> UnwindFrame?
  func returnType(at: Address) -> ReturnType?
  func variablePlaces(at pc: Address) -> [VariablePlace]
  func variables(
    at frame: UnwindFrame, inlineDepth: Int, memory: MemoryReader
  ) -> [Variable]
}

extension SymbolFile: SymbolSource {}
