// Floating-point numbers as C's `%.*g` writes them: from the exact decimal expansion, rounded half
// to even. gdb prints doubles with 17 digits and floats with 9.

enum DecimalText {
  /// Returns a number with `digits` significant ones, as `%.*g` does; NaN with its payload as gdb.
  static func general(_ number: Double, digits: Int, payload: UInt64) -> String {
    let sign = number.sign == .minus ? "-" : ""
    if number.isNaN { return sign + "nan(0x" + String(payload, radix: 16) + ")" }
    if number.isInfinite { return sign + "inf" }
    if number == 0 { return sign + "0" }
    var (expansion, point) = exact(number.magnitude)
    if round(&expansion, to: digits) { point += 1 }
    let exponent = point - 1
    while expansion.count > 1, expansion.last == 0 { expansion.removeLast() }
    if exponent < -4 || exponent >= digits {
      let head = text(expansion.prefix(1))
      let tail = expansion.count > 1 ? "." + text(expansion.dropFirst()) : ""
      let power = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
      return sign + head + tail + "e" + (exponent < 0 ? "-" : "+") + power
    }
    if point <= 0 {
      return sign + "0." + String(repeating: "0", count: -point) + text(expansion[...])
    }
    if expansion.count <= point {
      return sign + text(expansion[...]) + String(repeating: "0", count: point - expansion.count)
    }
    return sign + text(expansion.prefix(point)) + "." + text(expansion.dropFirst(point))
  }

  private static func text(_ digits: ArraySlice<UInt8>) -> String {
    String(decoding: digits.map { $0 + 0x30 }, as: UTF8.self)
  }

  /// Shortens to `count` digits; whether that carried into a new leading digit.
  private static func round(_ digits: inout [UInt8], to count: Int) -> Bool {
    guard digits.count > count else { return false }
    let rest = digits[count...]
    let isTie = rest.first == 5 && rest.dropFirst().allSatisfy { $0 == 0 }
    let isUp =
      isTie ? digits[count - 1] & 1 == 1 : (rest.first ?? 0) >= 5
    digits.removeLast(digits.count - count)
    guard isUp else { return false }
    for index in digits.indices.reversed() {
      if digits[index] < 9 {
        digits[index] += 1
        return false
      }
      digits[index] = 0
    }
    digits.insert(1, at: 0)
    digits.removeLast()
    return true
  }

  /// All digits of a positive finite number, and how many of them stand before the point.
  private static func exact(_ number: Double) -> (digits: [UInt8], point: Int) {
    let fraction = number.significandBitPattern
    let isSubnormal = number.exponentBitPattern == 0
    let significand = isSubnormal ? fraction : fraction | 1 << 52
    let power = Int(isSubnormal ? 1 : number.exponentBitPattern) - 1023 - 52
    // m * 2^-k is m * 5^k / 10^k, so either way the digits are those of a whole number.
    var limbs = [UInt32(significand % 1_000_000_000), UInt32(significand / 1_000_000_000)]
    multiply(&limbs, by: power >= 0 ? 2 : 5, times: Int(power.magnitude))
    var digits: [UInt8] = []
    for limb in limbs {
      var rest = limb
      for _ in 0..<9 {
        digits.append(UInt8(rest % 10))
        rest /= 10
      }
    }
    while digits.last == 0 { digits.removeLast() }
    digits.reverse()
    return (digits, digits.count - (power < 0 ? -power : 0))
  }

  private static func multiply(_ limbs: inout [UInt32], by factor: UInt64, times: Int) {
    var rest = times
    while rest > 0 {
      let step = min(rest, 9)
      rest -= step
      var power: UInt64 = 1
      for _ in 0..<step { power *= factor }
      var carry: UInt64 = 0
      for index in limbs.indices {
        let product = UInt64(limbs[index]) * power + carry
        limbs[index] = UInt32(product % 1_000_000_000)
        carry = product / 1_000_000_000
      }
      if carry > 0 { limbs.append(UInt32(carry)) }
    }
  }
}
