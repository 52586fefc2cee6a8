package dev.fishplate;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** One rule set for the tests, and events for it in every form. */
final class Samples {
  static final String SCHEMA =
      """
      syntax = "proto3";
      package risk.v1;
      message Payment {
        string id = 1;
        double amount = 2;
        string country = 3;
        int64 divisor = 4;
        Device device = 5;
        repeated string tags = 6;
      }
      message Device { string name = 1; uint64 serial = 2; }
      """;

  /** A rule of each kind: one that matches, one that ends in an error, one in the shadow. */
  static final String RULES =
      """
      fishplate: 1
      name: payments
      schema: payment.proto#risk.v1.Payment
      outputs:
        score: {type: int, merge: sum, default: 0}
        action: {enum: [ALLOW, REVIEW, DECLINE], merge: max, default: ALLOW}
        share: {type: double, merge: first}
        serial: {type: uint, merge: first}
        tags: {type: list(string), merge: first}
      rules:
        - id: large
          when: event.amount > 1000.0
          output: {score: 40, action: REVIEW, share: event.amount / 4.0}
        - id: abroad
          when: event.country != "NO" && event.country != ""
          output: {score: 25}
        - id: division
          when: 10 / event.divisor > 1
          output: {score: 1}
        - id: device
          when: has(event.device) && event.device.serial > 0u
          output: {serial: event.device.serial}
        - id: tagged
          when: size(event.tags) > 0
          output: {tags: event.tags}
        - id: watched
          mode: shadow
          when: event.amount > 10.0
          output: {score: 1}
      """;

  static final Map<String, byte[]> FILES =
      Map.of("payment.proto", SCHEMA.getBytes(StandardCharsets.UTF_8));

  /** Large, from abroad, divisor 1. */
  static final Map<String, Object> FIELDS =
      Map.of("id", "p1", "amount", 2000.0, "country", "SE", "divisor", 1);

  static final String JSON = "{\"id\":\"p1\",\"amount\":2000,\"country\":\"SE\",\"divisor\":\"1\"}";

  private Samples() {}

  static RuleSet rules() {
    return RuleSet.fromText("payments.yaml", RULES, FILES, Limits.defaults());
  }

  /** {@link #FIELDS} as protobuf, written by hand. */
  static byte[] protobuf() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {0x0a, 2, 'p', '1', 0x11});
    out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(2000.0).array());
    out.writeBytes(new byte[] {0x1a, 2, 'S', 'E', 0x20, 1});
    return out.toByteArray();
  }
}
