// The target description of our own agent, which it sends to gdb and lldb, and which our own tool has
// as well and so need not ask for: over a serial port it is the longest thing that is said. The
// registers are in the agent's order, under the names of gdb's features for i386 and amd64 (gdb's
// manual, section G.5.14).

/// What the registers of our agent are.
public enum AgentDescription {
  /// A number that tells one description from another: FNV-1a, 64 bits.
  public static func identity(of description: String) -> UInt64 {
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325
    let bytes = description.utf8.span
    for index in bytes.indices { sum = (sum ^ UInt64(bytes[index])) &* 0x100_0000_01b3 }
    return sum
  }

  /// The description whose identity this is, if it is one of ours.
  static func known(_ identity: UInt64) -> String? {
    AgentDescription.identity(of: x86_64) == identity ? x86_64 : nil
  }

  /// An XML document; constant, so that sending it allocates nothing.
  public static let x86_64 = """
    <?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target>
    <architecture>i386:x86-64</architecture>
    <feature name="org.gnu.gdb.i386.core">
    <flags id="eflags" size="4"><field name="CF" start="0" end="0"/><field name="" start="1" end="1"/>
    <field name="PF" start="2" end="2"/><field name="AF" start="4" end="4"/>
    <field name="ZF" start="6" end="6"/><field name="SF" start="7" end="7"/>
    <field name="TF" start="8" end="8"/><field name="IF" start="9" end="9"/>
    <field name="DF" start="10" end="10"/><field name="OF" start="11" end="11"/></flags>
    <reg name="rax" bitsize="64" type="int64"/><reg name="rbx" bitsize="64" type="int64"/>
    <reg name="rcx" bitsize="64" type="int64"/><reg name="rdx" bitsize="64" type="int64"/>
    <reg name="rsi" bitsize="64" type="int64"/><reg name="rdi" bitsize="64" type="int64"/>
    <reg name="rbp" bitsize="64" type="data_ptr"/><reg name="rsp" bitsize="64" type="data_ptr"/>
    <reg name="r8" bitsize="64" type="int64"/><reg name="r9" bitsize="64" type="int64"/>
    <reg name="r10" bitsize="64" type="int64"/><reg name="r11" bitsize="64" type="int64"/>
    <reg name="r12" bitsize="64" type="int64"/><reg name="r13" bitsize="64" type="int64"/>
    <reg name="r14" bitsize="64" type="int64"/><reg name="r15" bitsize="64" type="int64"/>
    <reg name="rip" bitsize="64" type="code_ptr"/><reg name="eflags" bitsize="32" type="eflags"/>
    <reg name="cs" bitsize="32" type="int32"/><reg name="ss" bitsize="32" type="int32"/>
    <reg name="ds" bitsize="32" type="int32"/><reg name="es" bitsize="32" type="int32"/>
    <reg name="fs" bitsize="32" type="int32"/><reg name="gs" bitsize="32" type="int32"/>
    <reg name="st0" bitsize="80" type="i387_ext"/><reg name="st1" bitsize="80" type="i387_ext"/>
    <reg name="st2" bitsize="80" type="i387_ext"/><reg name="st3" bitsize="80" type="i387_ext"/>
    <reg name="st4" bitsize="80" type="i387_ext"/><reg name="st5" bitsize="80" type="i387_ext"/>
    <reg name="st6" bitsize="80" type="i387_ext"/><reg name="st7" bitsize="80" type="i387_ext"/>
    <reg name="fctrl" bitsize="32" type="int"/><reg name="fstat" bitsize="32" type="int"/>
    <reg name="ftag" bitsize="32" type="int"/><reg name="fiseg" bitsize="32" type="int"/>
    <reg name="fioff" bitsize="32" type="int"/><reg name="foseg" bitsize="32" type="int"/>
    <reg name="fooff" bitsize="32" type="int"/><reg name="fop" bitsize="32" type="int"/>
    </feature>
    <feature name="org.gnu.gdb.i386.sse">
    <vector id="v4f" type="ieee_single" count="4"/><vector id="v2d" type="ieee_double" count="2"/>
    <vector id="v16i8" type="int8" count="16"/><vector id="v8i16" type="int16" count="8"/>
    <vector id="v4i32" type="int32" count="4"/><vector id="v2i64" type="int64" count="2"/>
    <union id="vec128"><field name="v4_float" type="v4f"/><field name="v2_double" type="v2d"/>
    <field name="v16_int8" type="v16i8"/><field name="v8_int16" type="v8i16"/>
    <field name="v4_int32" type="v4i32"/><field name="v2_int64" type="v2i64"/>
    <field name="uint128" type="uint128"/></union>
    <reg name="xmm0" bitsize="128" type="vec128"/><reg name="xmm1" bitsize="128" type="vec128"/>
    <reg name="xmm2" bitsize="128" type="vec128"/><reg name="xmm3" bitsize="128" type="vec128"/>
    <reg name="xmm4" bitsize="128" type="vec128"/><reg name="xmm5" bitsize="128" type="vec128"/>
    <reg name="xmm6" bitsize="128" type="vec128"/><reg name="xmm7" bitsize="128" type="vec128"/>
    <reg name="xmm8" bitsize="128" type="vec128"/><reg name="xmm9" bitsize="128" type="vec128"/>
    <reg name="xmm10" bitsize="128" type="vec128"/><reg name="xmm11" bitsize="128" type="vec128"/>
    <reg name="xmm12" bitsize="128" type="vec128"/><reg name="xmm13" bitsize="128" type="vec128"/>
    <reg name="xmm14" bitsize="128" type="vec128"/><reg name="xmm15" bitsize="128" type="vec128"/>
    <reg name="mxcsr" bitsize="32" type="int"/>
    </feature></target>
    """
}
