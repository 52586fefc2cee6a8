package dev.fishplate;

import java.math.BigInteger;

/**
 * A CEL {@code uint}: a whole number from 0 to 2<sup>64</sup>−1.
 *
 * <p>It is a type of its own, because in CEL {@code 1u} and {@code 1} are different values and
 * decisions keep declared types. Immutable.
 */
public final class Uint extends Number implements Comparable<Uint> {
  private static final long serialVersionUID = 1L;

  /** The number as 64 bits. */
  private final long bits;

  private Uint(long bits) {
    this.bits = bits;
  }

  /**
   * The number {@code value}.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public static Uint of(long value) {
    if (value < 0) {
      throw new IllegalArgumentException(value + " is negative");
    }
    return new Uint(value);
  }

  /** The number whose 64 bits are {@code bits}: −1 gives 2<sup>64</sup>−1. */
  public static Uint fromBits(long bits) {
    return new Uint(bits);
  }

  /**
   * The number that {@code text} writes in decimal.
   *
   * @throws NumberFormatException if it is none, or outside the range
   */
  public static Uint parse(String text) {
    return new Uint(Long.parseUnsignedLong(text));
  }

  /** The 64 bits, to be read with the unsigned methods of {@link Long}. */
  public long bits() {
    return bits;
  }

  /** The number without loss. */
  public BigInteger toBigInteger() {
    return new BigInteger(toString());
  }

  /** The low 32 bits. */
  @Override
  public int intValue() {
    return (int) bits;
  }

  /** The 64 bits: negative from 2<sup>63</sup> on. */
  @Override
  public long longValue() {
    return bits;
  }

  @Override
  public float floatValue() {
    return toBigInteger().floatValue();
  }

  @Override
  public double doubleValue() {
    return bits >= 0 ? (double) bits : toBigInteger().doubleValue();
  }

  @Override
  public int compareTo(Uint other) {
    return Long.compareUnsigned(bits, other.bits);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Uint uint && uint.bits == bits;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(bits);
  }

  @Override
  public String toString() {
    return Long.toUnsignedString(bits);
  }
}
