public import Bytes
extension SymbolFile {
  public func function(at address: Address) -> Function? { nil }
  public func frames(at pc: Address) -> [SourceLocation] { [] }
  public func functions(named name: String) -> [Function] { [] }
  public func completions(of prefix: String, limit: Int) -> [String] { [] }
  public func breakpointAddress(of function: Function) -> Address { function.start }
  public func inlinedInstances(named name: String) -> [Address] { [] }
  public func locations(file: String, line: Int) -> (line: Int, addresses: [Address])? { nil }
  public func statement(at address: Address) -> Range<Address>? { nil }
  public func data(named name: String) -> DataSymbol? { nil }
  public func symbol(covering address: Address) -> (name: String, offset: UInt64)? { nil }
  public func unwind(_ frame: UnwindFrame, memory: MemoryReader) -> UnwindFrame? { nil }
  public func variables(
    at frame: UnwindFrame, inlineDepth: Int, memory: MemoryReader
  ) -> [Variable] { [] }
  public func sourceFiles() -> [String] { [] }
}
public enum Demangler {
  public static func demangle(_ mangled: String) -> String { mangled }
}
public enum SymbolCache {
  public static func path(of id: BuildID) -> String? { nil }
  public static func store(image path: String) throws(SymbolError) -> BuildID {
    throw .malformed(path)
  }
}
