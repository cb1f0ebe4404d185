// Which packets are wanted, in the language of tcpdump (pcap-filter(7)). libpcap knows it; it is looked
// for only when there is a filter, so that no other command has to load it.

internal import Exchange
internal import Glibc

/// A filter that was compiled.
final class PacketFilter {
  /// `struct bpf_program`: a count, and the instructions, which libpcap owns.
  private let program = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 8)
  private let matches: Matches

  /// `struct pcap_pkthdr`.
  private struct Header {
    var seconds = 0
    var microseconds = 0
    var kept: UInt32
    var length: UInt32
  }

  private typealias OpenDead = @convention(c) (Int32, Int32) -> OpaquePointer?
  private typealias Compile =
    @convention(c) (
      OpaquePointer?, UnsafeMutableRawPointer?, UnsafePointer<CChar>?, Int32, UInt32
    ) -> Int32
  private typealias ErrorText = @convention(c) (OpaquePointer?) -> UnsafePointer<CChar>?
  private typealias Matches =
    @convention(c) (
      UnsafeRawPointer?, UnsafeRawPointer?, UnsafePointer<UInt8>?
    ) -> Int32

  /// Compiles a filter; fails with libpcap's words where it is none.
  init(_ text: String) throws {
    // Safety: dlopen and dlsym take C strings that live for the call.
    guard let library = unsafe dlopen("libpcap.so.0.8", RTLD_NOW) else {
      throw Failure(
        .no, "filters need libpcap (apt-get install libpcap0.8); without a filter all is captured")
    }
    guard let openDead = unsafe dlsym(library, "pcap_open_dead"),
      let compile = unsafe dlsym(library, "pcap_compile"),
      let errorText = unsafe dlsym(library, "pcap_geterr"),
      let matches = unsafe dlsym(library, "pcap_offline_filter")
    else { throw Failure(.no, "this libpcap lacks what filters need") }
    // Safety: the types are those that pcap.h declares for these names.
    self.matches = unsafe unsafeBitCast(matches, to: Matches.self)
    // DLT_EN10MB; as much of a packet as there is.
    let handle = unsafe unsafeBitCast(openDead, to: OpenDead.self)(1, 262_144)
    // Safety: `program` has room for a struct bpf_program; the text lives for the call.
    let result = unsafe text.withCString { text in
      unsafe unsafeBitCast(compile, to: Compile.self)(handle, program, text, 1, .max)
    }
    guard result == 0 else {
      // Safety: a text that libpcap keeps in the handle, which is not closed.
      let words = unsafe unsafeBitCast(errorText, to: ErrorText.self)(handle)
      let message = unsafe words.map { unsafe String(cString: $0) } ?? "it is none"
      throw Failure(.usage, "the filter: \(message); man pcap-filter has the language")
    }
  }

  deinit { unsafe program.deallocate() }

  /// Whether a packet is wanted.
  func passes(_ packet: CapturedPacket) -> Bool {
    var header = Header(
      kept: UInt32(clamping: packet.bytes.count), length: UInt32(clamping: packet.length))
    // Safety: header and bytes live for the call, and are as long as the header says.
    return unsafe packet.bytes.withUnsafeBufferPointer { bytes in
      unsafe matches(program, &header, bytes.baseAddress) != 0
    }
  }
}
