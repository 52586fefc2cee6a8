package dev.fishplate;

import java.util.Optional;

/**
 * Where a session stands. A snapshot.
 *
 * @param sessionId the session's id in lower-case hexadecimal
 * @param epoch which connection of it this is, from 1
 * @param state its state
 * @param endedWith the status of its last word; empty unless it is done
 * @param watermark everything up to this sequence was decided, and nothing after it; empty unless
 *     the session is done
 * @param sent events that {@code send} took: the sequence of the last
 * @param accepted events that the other end has said it accepted: the sequence of the last
 * @param received outcomes that were taken: the sequence of the last
 * @param shed events shed for newer ones
 * @param repeats messages that came again after a broken connection, and were dropped
 * @param ruleSet the name of the rule set that decides
 * @param versionHex its version, in lower-case hexadecimal
 */
public record SessionReport(
    String sessionId,
    long epoch,
    SessionState state,
    Optional<StatusCode> endedWith,
    Optional<Long> watermark,
    long sent,
    long accepted,
    long received,
    long shed,
    long repeats,
    String ruleSet,
    String versionHex) {}
