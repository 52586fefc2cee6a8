package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import org.junit.jupiter.api.Test;

class UintTest {
  @Test
  void the_greatest_is_written_without_a_sign() {
    assertEquals("18446744073709551615", Uint.fromBits(-1).toString());
    assertEquals(
        BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE), Uint.fromBits(-1).toBigInteger());
    assertEquals(0x1p64, Uint.fromBits(-1).doubleValue());
  }

  @Test
  void what_is_written_reads_back() {
    for (String text : new String[] {"0", "1", "9223372036854775808", "18446744073709551615"}) {
      assertEquals(text, Uint.parse(text).toString());
    }
    assertThrows(NumberFormatException.class, () -> Uint.parse("18446744073709551616"));
    assertThrows(NumberFormatException.class, () -> Uint.parse("-1"));
  }

  @Test
  void order_and_equality_are_those_of_numbers_without_a_sign() {
    assertTrue(Uint.fromBits(-1).compareTo(Uint.of(1)) > 0);
    assertEquals(Uint.of(7), Uint.parse("7"));
    assertEquals(Uint.of(7).hashCode(), Uint.parse("7").hashCode());
  }

  @Test
  void it_is_never_equal_to_a_signed_number() {
    assertNotEquals(Uint.of(7), (Object) 7L);
  }

  @Test
  void a_negative_number_is_refused() {
    assertThrows(IllegalArgumentException.class, () -> Uint.of(-1));
  }
}
