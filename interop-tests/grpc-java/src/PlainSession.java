import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.fishplate.v1.DecideRequest;
import dev.fishplate.v1.DecideResponse;
import dev.fishplate.v1.DecisionServiceGrpc;
import dev.fishplate.v1.Done;
import dev.fishplate.v1.Event;
import dev.fishplate.v1.Open;
import dev.fishplate.v1.Outcome;
import dev.fishplate.v1.Refusal;
import dev.fishplate.v1.Signal;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A session by plain gRPC: what a client does that has nothing but {@code proto/fishplate/v1} and
 * its comments. Knows requests, responses, credit and acknowledgement; knows no lines and no
 * canonical form. One caller at a time.
 */
final class PlainSession implements AutoCloseable {
  private static final int BATCH = 256;

  /** A message holds at most so many bytes of events, unless one event alone is larger. */
  private static final long BATCH_BYTES = 256 * 1024;

  /** Long enough for a loaded machine; a server that is silent for longer is a finding. */
  static final long PATIENCE_MS = 30_000;

  private static final int MESSAGE_BYTES = 64 << 20;

  /** The session gave its last word. */
  static final class Ended extends Exception {
    private static final long serialVersionUID = 1;
    final transient Done done;

    Ended(Done done) {
      super(done.getRefusal().getText());
      this.done = done;
    }
  }

  /** The call itself ended: gRPC's status, and the server's own words, if it was the server. */
  static final class Broken extends Exception {
    private static final long serialVersionUID = 1;
    final transient Status status;
    final transient Optional<Refusal> refusal;

    Broken(Throwable end) {
      super(end);
      status = Status.fromThrowable(end);
      refusal = refusalIn(StatusProto.fromThrowable(end));
    }

    private static Optional<Refusal> refusalIn(com.google.rpc.Status details) {
      if (details == null) {
        return Optional.empty();
      }
      try {
        for (Any detail : details.getDetailsList()) {
          if (detail.is(Refusal.class)) {
            return Optional.of(detail.unpack(Refusal.class));
          }
        }
        return Optional.empty();
      } catch (InvalidProtocolBufferException malformed) {
        throw new Values.Malformed("details of a status: " + malformed.getMessage());
      }
    }
  }

  /** Nothing came in time. */
  static final class Silent extends Exception {
    private static final long serialVersionUID = 1;

    Silent(long ms) {
      super("nothing came in " + ms + " ms");
    }
  }

  final ByteString id;
  final long epoch;
  final ByteString version;
  private final ManagedChannel channel;
  private final StreamObserver<DecideRequest> requests;
  private final BlockingQueue<Object> responses = new LinkedBlockingQueue<>();
  private final Deque<Outcome> outcomes = new ArrayDeque<>();

  /** Every event of this connection, so that any can be sent again. */
  private final List<Event> kept = new ArrayList<>();

  private long first = 1;
  private long sentBytes;
  private long accepted;
  private long received;
  private long acked;
  private long creditSequence;
  private long creditBytes;
  private boolean signalled;
  private Done done;

  /** Connects and waits for the welcome. */
  PlainSession(String server, Open open, ByteString id, long epoch)
      throws Ended, Broken, Silent, InterruptedException {
    this.id = id;
    this.epoch = epoch;
    received = open.getReceived();
    acked = received;
    channel = channel(server);
    requests = DecisionServiceGrpc.newStub(channel).decide(new Listener());
    try {
      requests.onNext(request().setOpen(open).build());
      version = welcome();
    } catch (Ended | Broken | Silent | InterruptedException refused) {
      channel.shutdownNow();
      throw refused;
    }
    // A session that was taken over goes on after what the server has accepted.
    first = accepted + 1;
  }

  static ManagedChannel channel(String server) {
    return Grpc.newChannelBuilder(server, InsecureChannelCredentials.create())
        .directExecutor()
        .maxInboundMessageSize(MESSAGE_BYTES)
        .build();
  }

  /** Puts what comes into the queue; the last entry is the call's end. */
  private final class Listener implements StreamObserver<DecideResponse> {
    @Override
    public void onNext(DecideResponse response) {
      responses.add(response);
    }

    @Override
    public void onError(Throwable error) {
      responses.add(error);
    }

    @Override
    public void onCompleted() {
      responses.add(Status.OK.asRuntimeException());
    }
  }

  private DecideRequest.Builder request() {
    return DecideRequest.newBuilder().setSessionId(id).setEpoch(epoch);
  }

  private ByteString welcome() throws Ended, Broken, Silent, InterruptedException {
    while (true) {
      DecideResponse response = next(PATIENCE_MS);
      if (response.hasWelcome()) {
        return response.getWelcome().getRuleSetVersion();
      }
      if (done != null) {
        throw new Ended(done);
      }
    }
  }

  // --- the client's side ---

  /** The sequence of the last event that was sent. */
  long sent() {
    return first + kept.size() - 1;
  }

  long accepted() {
    return accepted;
  }

  long received() {
    return received;
  }

  /** The last word, once every outcome before it was taken; else null. */
  Done lastWord() {
    return outcomes.isEmpty() ? done : null;
  }

  /** Whether the client has said that no more events come. */
  boolean isSignalled() {
    return signalled;
  }

  /** Sends one event as soon as there is room; gives its sequence. */
  long send(Event event) throws Broken, Silent, InterruptedException {
    while (sendSome(List.of(event), 0) == 0) {
      pump(PATIENCE_MS);
    }
    return sent();
  }

  /** Sends events from the {@code at}-th on, while there is room; gives how many. */
  int sendSome(List<Event> events, int at) {
    int begin = at;
    while (true) {
      DecideRequest.Builder batch = request().setSequence(sent() + 1);
      long weight = 0;
      while (at < events.size()
          && batch.getEventsCount() < BATCH
          && weight < BATCH_BYTES
          && hasRoom(events.get(at))) {
        Event event = events.get(at++);
        weight += bodyBytes(event);
        sentBytes += bodyBytes(event);
        kept.add(event);
        batch.addEvents(event);
      }
      if (batch.getEventsCount() == 0) {
        return at - begin;
      }
      requests.onNext(batch.setAck(ack()).build());
    }
  }

  /** Whether credit allows one more event; one alone may be heavier than the window. */
  private boolean hasRoom(Event event) {
    if (received == sent()) {
      return true;
    }
    return sent() < creditSequence && sentBytes + eventBytes(event) <= creditBytes;
  }

  /** How heavy an event is: the bytes of its body and of its features. */
  private static long eventBytes(Event event) {
    return bodyBytes(event) + event.getFeatures().getSerializedSize();
  }

  private static long bodyBytes(Event event) {
    return switch (event.getBodyCase()) {
      case PROTOBUF -> event.getProtobuf().size();
      case JSON -> event.getJson().size();
      case FIELDS -> event.getFields().getSerializedSize();
      case BODY_NOT_SET -> 0;
    };
  }

  private long ack() {
    acked = received;
    return received;
  }

  /** Sends everything from {@code sequence} on again, as after a broken connection. */
  void sendAgain(long sequence) {
    int from = (int) (sequence - first);
    requests.onNext(
        request().setSequence(sequence).addAllEvents(kept.subList(from, kept.size())).build());
  }

  /** Half-closes or cancels. */
  void signal(Signal signal) {
    requests.onNext(request().setSignal(signal).build());
    signalled = true;
  }

  /** Lets go of the connection. */
  @Override
  public void close() {
    channel.shutdownNow();
  }

  // --- the server's side ---

  /** The next outcome, to be acknowledged with whatever is sent next. */
  Outcome receive(long patienceMs) throws Ended, Broken, Silent, InterruptedException {
    if (outcomes.isEmpty()) {
      acknowledge();
    }
    while (outcomes.isEmpty()) {
      if (done != null) {
        throw new Ended(done);
      }
      pump(patienceMs);
    }
    Outcome outcome = outcomes.remove();
    if (outcome.getSequence() != received + 1) {
      throw new Values.Malformed(
          "the outcome of " + outcome.getSequence() + " after that of " + received);
    }
    received = outcome.getSequence();
    return outcome;
  }

  /** How many outcomes can be received without waiting. */
  int arrived() {
    return outcomes.size();
  }

  /** Says what was taken where no event carries it: the window opens by that alone. */
  private void acknowledge() {
    if (acked < received) {
      requests.onNext(request().setAck(ack()).build());
    }
  }

  /** Takes in one response. What was taken is acknowledged first: the server may wait for that. */
  private void pump(long patienceMs) throws Broken, Silent, InterruptedException {
    acknowledge();
    next(patienceMs);
  }

  private DecideResponse next(long patienceMs) throws Broken, Silent, InterruptedException {
    Object came = responses.poll(patienceMs, TimeUnit.MILLISECONDS);
    if (came == null) {
      throw new Silent(patienceMs);
    }
    if (came instanceof Throwable end) {
      responses.add(end); // every further call finds it too
      throw new Broken(end);
    }
    DecideResponse response = (DecideResponse) came;
    accepted = Math.max(accepted, response.getAck());
    creditSequence = Math.max(creditSequence, response.getCredit().getSequence());
    creditBytes = Math.max(creditBytes, response.getCredit().getBytes());
    outcomes.addAll(response.getOutcomesList());
    if (response.hasDone()) {
      done = response.getDone();
    }
    return response;
  }
}
