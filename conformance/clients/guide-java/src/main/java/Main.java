import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;

/** The guide's TokenExchangeService against a server with the guide's realm: one exchange, one refusal. */
public class Main {
    public static void main(String[] args) {
        String base = System.getenv("BASE_URL");
        String alice = signIn(base);
        TokenExchangeService service = new TokenExchangeService(base, "myrealm", "service-a", "service-a-secret");

        String exchanged = service.exchangeToken(alice, "service-b");
        String claims = new String(Base64.getUrlDecoder().decode(exchanged.split("\\.")[1]), StandardCharsets.UTF_8);
        expect(claims.contains("\"aud\":\"service-b\"") && claims.contains("\"azp\":\"service-a\""), "a token for service-b: " + claims);

        try {
            service.exchangeToken(alice, "nobody");
            throw new AssertionError("an unknown audience was not refused");
        } catch (WebClientResponseException refusal) {
            expect(refusal.getStatusCode().value() == 400, "400, not " + refusal.getStatusCode());
            String error = "\"error\":\"" + System.getenv("UNKNOWN_AUDIENCE_ERROR") + "\"";
            expect(refusal.getResponseBodyAsString().contains(error), refusal.getResponseBodyAsString());
        }
        System.out.println("guide-java: an exchange and a refusal as the guide says");
        System.exit(0);
    }

    private static String signIn(String base) {
        return WebClient.create().post()
            .uri(base + "/realms/myrealm/protocol/openid-connect/token")
            .contentType(MediaType.APPLICATION_FORM_URLENCODED)
            .body(BodyInserters.fromFormData("grant_type", "password").with("client_id", "web")
                .with("username", "alice").with("password", "alice-password").with("scope", "openid"))
            .retrieve()
            .bodyToMono(TokenResponse.class)
            .block()
            .getAccessToken();
    }

    private static void expect(boolean so, String what) {
        if (!so) throw new AssertionError("expected " + what);
    }
}
