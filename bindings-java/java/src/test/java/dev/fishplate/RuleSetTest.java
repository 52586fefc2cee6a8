package dev.fishplate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeavesNothing.class)
class RuleSetTest {
  @Test
  void it_says_what_stands_in_its_document() {
    try (RuleSet rules = Samples.rules()) {
      assertEquals("payments", rules.name());
      assertEquals(List.of("score", "action", "share", "serial", "tags"), rules.outputs());
      assertEquals(
          List.of("large", "abroad", "division", "device", "tagged", "watched"), rules.rules());
      assertEquals(List.of(), rules.features());
    }
  }

  @Test
  void it_says_which_fields_it_reads() {
    try (RuleSet rules = Samples.rules()) {
      Set<String> fields =
          rules.fields().stream().map(path -> String.join(".", path)).collect(Collectors.toSet());
      assertTrue(
          fields.containsAll(Set.of("amount", "country", "divisor", "tags")), fields::toString);
      assertTrue(fields.stream().noneMatch("id"::equals), fields::toString);
    }
  }

  @Test
  void its_version_is_the_hash_of_document_and_schema() {
    byte[] document = Samples.RULES.getBytes(StandardCharsets.UTF_8);
    byte[] schema = Samples.SCHEMA.getBytes(StandardCharsets.UTF_8);
    byte[] expected =
        Canonical.sha256(length(document.length), document, length(schema.length), schema);
    try (RuleSet rules = Samples.rules()) {
      assertEquals(HexFormat.of().formatHex(expected), rules.versionHex());
      assertEquals(rules.versionHex(), HexFormat.of().formatHex(rules.version()));
    }
  }

  private static byte[] length(long length) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
  }

  @Test
  void loading_a_file_finds_the_schema_beside_it(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("payments.yaml"), Samples.RULES);
    Files.writeString(folder.resolve("payment.proto"), Samples.SCHEMA);
    try (RuleSet loaded = RuleSet.load(folder.resolve("payments.yaml"));
        RuleSet given = Samples.rules()) {
      assertEquals(given.versionHex(), loaded.versionHex());
    }
  }

  @Test
  void what_it_says_can_be_read_after_closing() {
    RuleSet rules = Samples.rules();
    rules.close();
    rules.close();
    assertEquals("payments", rules.name());
  }

  @Test
  void a_limit_refuses_what_is_above_it() {
    Limits tight = Limits.builder().rules(2).build();
    InvalidArgumentException refused =
        assertThrows(
            InvalidArgumentException.class,
            () -> RuleSet.fromText("payments.yaml", Samples.RULES, Samples.FILES, tight));
    assertEquals("F0707", refused.code());
  }

  @Test
  void the_limits_are_those_of_the_core() {
    List<Calls.LimitRow> rows = Calls.limits();
    assertEquals(Limits.NAMES, rows.stream().map(Calls.LimitRow::name).toList());
    assertTrue(rows.stream().allMatch(row -> row.byDefault() > 0));
  }

  @Test
  void a_limit_has_a_name_and_is_not_negative() {
    Limits limits = Limits.builder().stringBytes(8).set("cost", 5).build();
    assertEquals(8, limits.get("string_bytes"));
    assertEquals("Limits[string_bytes=8, cost=5]", limits.toString());
    assertThrows(IllegalArgumentException.class, () -> Limits.builder().set("strings", 8));
    assertThrows(IllegalArgumentException.class, () -> Limits.builder().cost(-1));
  }

  @Test
  void the_library_and_the_jar_have_one_version() {
    assertEquals("0.1.0", Calls.version());
  }
}
