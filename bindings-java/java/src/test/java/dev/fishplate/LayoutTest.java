package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The bytes of docs/layout.md, written by hand. */
class LayoutTest {
  private enum Colour {
    RED
  }

  private static byte[] bytesOf(Object value) {
    LayoutWriter writer = new LayoutWriter(LayoutWriter.allocate(1));
    writer.value(value, 8);
    byte[] bytes = new byte[writer.size()];
    writer.buffer().get(0, bytes);
    return bytes;
  }

  private static String written(Object value) {
    return HexFormat.of().formatHex(bytesOf(value));
  }

  private static Object back(Object value) {
    return new LayoutReader(bytesOf(value), 0).value();
  }

  @Test
  void scalars_have_a_tag_and_a_fixed_width() {
    assertEquals("00", written(null));
    assertEquals("0101", written(true));
    assertEquals("02ffffffffffffffff", written(-1L));
    assertEquals("03ffffffffffffffff", written(Uint.fromBits(-1)));
    assertEquals("04000000000000f03f", written(1.0));
    assertEquals("0502000000c3a9", written("\u00e9"));
    assertEquals("0602000000ff00", written(new byte[] {-1, 0}));
  }

  @Test
  void javas_other_numbers_are_ints_and_doubles() {
    for (Number one : new Number[] {1, (short) 1, (byte) 1, BigInteger.ONE}) {
      assertEquals("020100000000000000", written(one));
    }
    assertEquals("04000000000000e03f", written(0.5f));
    assertEquals("030000000000000080", written(BigInteger.ONE.shiftLeft(63)));
  }

  @Test
  void other_texts_and_enum_constants_are_strings() {
    assertEquals(written("RED"), written(Colour.RED));
    assertEquals(written("RED"), written(new StringBuilder("RED")));
  }

  @Test
  void a_moment_before_1970_floors_and_a_negative_duration_has_one_sign() {
    assertEquals("07ffffffffffffffffffc99a3b", written(Instant.ofEpochSecond(-1, 999_999_999)));
    assertEquals("08ffffffffffffffff009b32e2", written(Duration.ofMillis(-1500)));
    assertEquals("08" + "0000000000000000" + "ffffffff", written(Duration.ofNanos(-1)));
    Instant moment = Instant.parse("2013-01-01T05:15:00.000000001Z");
    assertEquals(written(moment), written(moment.atOffset(ZoneOffset.ofHours(3))));
    assertEquals(written(moment), written(moment.atZone(ZoneOffset.UTC)));
  }

  @Test
  void lists_and_maps_are_counted() {
    assertEquals("09020000000100" + "0101", written(List.of(false, true)));
    assertEquals("0a01000000" + "020100000000000000" + "00", written(mapOf(1L, null)));
  }

  @Test
  void values_read_back_as_what_they_were() {
    List<Object> values =
        Arrays.asList(
            null,
            true,
            Long.MIN_VALUE,
            Uint.fromBits(-1),
            -0.0,
            "a\u0000\ud83d\udee4",
            Instant.MIN.plusSeconds(1_000_000_000_000_000L),
            Duration.ofSeconds(-5, 1),
            List.of("x", List.of()),
            mapOf("k", mapOf(Uint.of(1), 2.5)));
    assertEquals(values, back(values));
  }

  @Test
  void what_no_field_can_take_is_written_as_what_it_is() {
    assertEquals("ff" + text("a java.util.BitSet"), written(new java.util.BitSet()));
    assertEquals("ff" + text("an int of more than 64 bits"), written(BigInteger.ONE.shiftLeft(64)));
    assertEquals("ff" + text("an int[]"), written(new int[0]));
  }

  @Test
  void a_lone_surrogate_becomes_bytes_that_are_not_utf8() {
    assertEquals("0503000000" + "eda080", written("\ud800"));
    assertEquals("eda080", HexFormat.of().formatHex(Utf8.encode("\ud800")));
  }

  @Test
  void a_map_that_holds_itself_ends() {
    Map<Object, Object> map = new LinkedHashMap<>();
    map.put("self", map);
    assertEquals("0a01000000" + "0504000000" + "73656c66" + "0a00000000", written(map));
  }

  @Test
  void the_buffer_grows_with_what_is_written() {
    String text = "\u20ac".repeat(100_000);
    assertEquals(text, back(text));
  }

  @Test
  void what_comes_back_cannot_be_changed() {
    List<?> list = (List<?>) back(List.of(1L));
    Map<?, ?> map = (Map<?, ?>) back(mapOf("k", 1L));
    assertThrows(UnsupportedOperationException.class, () -> list.remove(0));
    assertThrows(UnsupportedOperationException.class, map::clear);
  }

  @Test
  void codes_are_shown_with_four_digits() {
    assertEquals("F0203", LayoutReader.code(203));
    assertEquals("F1002", LayoutReader.code(1002));
  }

  @Test
  void a_direct_buffer_is_little_endian() {
    ByteBuffer buffer = LayoutWriter.allocate(4);
    buffer.putInt(0, 1);
    assertEquals(1, buffer.get(0));
  }

  private static Map<Object, Object> mapOf(Object key, Object value) {
    Map<Object, Object> map = new LinkedHashMap<>();
    map.put(key, value);
    return map;
  }

  private static String text(String text) {
    ByteBuffer length = LayoutWriter.allocate(4).putInt(0, text.length());
    byte[] prefix = new byte[4];
    length.get(0, prefix);
    return HexFormat.of().formatHex(prefix)
        + HexFormat.of().formatHex(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
  }
}
