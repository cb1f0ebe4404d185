public import Bytes
extension SymbolFile {
  public func variables(
    at frame: UnwindFrame, inlineDepth: Int, memory: MemoryReader
  ) -> [Variable] { [] }
}
struct StaticType { var name: String; var size: Int; var kind: ScalarKind? }
extension SymbolFile { func staticType(at address: UInt64) -> StaticType? { nil } }
public enum SymbolCache {
  public static func path(of id: BuildID) -> String? { nil }
  public static func store(image path: String) throws(SymbolError) -> BuildID {
    throw .malformed(path)
  }
}
