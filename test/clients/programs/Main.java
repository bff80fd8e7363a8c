import generated.ApiClient;
import generated.ApiException;
import generated.JSON;
import generated.api.MessagesApi;
import generated.api.StatisticsApi;
import generated.model.ErrorAnswer;
import generated.model.Message;
import generated.model.MessageList;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;

public class Main {
  public static void main(String[] arguments) throws Exception {
    String peer = System.getenv("PEER");
    String key = System.getenv("API_KEY");
    ApiClient client = new ApiClient();
    client.setBasePath(System.getenv("URL_OF_HOST"));
    client.setBearerToken(key);
    StatisticsApi statistics = new StatisticsApi(client);

    Message message =
        new Message().messageId("m-1").conversationId("c-1").channelId("direct").role(Message.RoleEnum.USER);
    int recorded =
        new MessagesApi(client).recordMessages(peer, new MessageList().messages(List.of(message))).getRecorded();

    int counted = 0;
    Instant until = Instant.now().plusSeconds(60);
    while (counted == 0 && Instant.now().isBefore(until)) {
      Thread.sleep(100);
      counted =
          statistics.getChannelStats(peer, null, null, List.of("percentage"), null).getTotal().getMessageCount();
    }

    int reported = statistics.getReport(peer, "all", null).getOverview().getTotalMessages();
    String csv = statistics.getReportCsv(peer, "all", null, null);
    ErrorAnswer refused = refusal(statistics, peer);

    System.out.println(
        JSON.getGson()
            .toJson(
                Map.of(
                    "recorded", recorded,
                    "counted", counted,
                    "reported", reported,
                    "csv", csv.split(",")[0],
                    "error",
                        Map.of(
                            "code", refused.getError().getCode(),
                            "path", refused.getError().getDetails().get(0).getPath()))));
  }

  private static ErrorAnswer refusal(StatisticsApi statistics, String peer) throws Exception {
    try {
      statistics.getChannelStats(peer, LocalDate.of(2026, 11, 2), LocalDate.of(2026, 11, 1), null, null);
    } catch (ApiException exception) {
      if (exception.getCode() != 400) throw exception;
      return JSON.deserialize(exception.getResponseBody(), ErrorAnswer.class);
    }
    throw new IllegalStateException("not refused");
  }
}
