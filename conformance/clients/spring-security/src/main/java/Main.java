import java.util.List;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.HttpStatusCode;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.client.OAuth2AuthorizationContext;
import org.springframework.security.oauth2.client.TokenExchangeOAuth2AuthorizedClientProvider;
import org.springframework.security.oauth2.client.endpoint.RestClientTokenExchangeTokenResponseClient;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrations;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.core.OAuth2AuthorizationException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoders;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;

/**
 * Spring Security on both sides, with nothing but the issuer's address: its token-exchange client exchanges the user's token, its resource
 * server takes the result and refuses the user's own token, and its client reads a refusal.
 */
@EnableAutoConfiguration
@RestController
public class Main {
    @GetMapping("/api/data")
    Map<String, Object> data(@AuthenticationPrincipal Jwt token) {
        return Map.of("user", token.getClaimAsString("preferred_username"), "caller", token.getClaimAsString("azp"));
    }

    public static void main(String[] args) {
        String issuer = System.getenv("BASE_URL") + "/realms/myrealm";
        ConfigurableApplicationContext resourceServer = SpringApplication.run(Main.class,
            "--server.port=0", "--server.address=127.0.0.1", "--spring.main.banner-mode=off", "--logging.level.root=warn",
            "--spring.security.oauth2.resourceserver.jwt.issuer-uri=" + issuer,
            "--spring.security.oauth2.resourceserver.jwt.audiences=service-b");
        String data = "http://127.0.0.1:" + resourceServer.getEnvironment().getProperty("local.server.port") + "/api/data";
        try {
            walk(issuer, data);
        } catch (Throwable failure) {
            failure.printStackTrace();
            System.exit(1);
        }
        System.out.println("spring-security: an exchange, its token taken, the user's own refused, a refusal read");
        System.exit(0);
    }

    private static void walk(String issuer, String data) {
        MultiValueMap<String, String> login = new LinkedMultiValueMap<>(Map.of("grant_type", List.of("password"),
            "client_id", List.of("web"), "username", List.of("alice"),
            "password", List.of("alice-password"), "scope", List.of("openid")));
        Map<?, ?> answer = RestClient.create().post().uri(issuer + "/protocol/openid-connect/token").body(login).retrieve().body(Map.class);
        Jwt alice = JwtDecoders.fromIssuerLocation(issuer).decode((String) answer.get("access_token"));

        String exchanged = exchange(issuer, alice, "service-b");
        Map<?, ?> seen = RestClient.create().get().uri(data).headers(headers -> headers.setBearerAuth(exchanged)).retrieve().body(Map.class);
        expect(Map.of("user", "alice", "caller", "service-a").equals(seen), "alice through service-a, not " + seen);

        HttpStatusCode own = RestClient.create().get().uri(data).headers(headers -> headers.setBearerAuth(alice.getTokenValue()))
            .exchange((request, response) -> response.getStatusCode());
        expect(own.value() == 401, "401 for the user's own token, not " + own);

        try {
            exchange(issuer, alice, "nobody");
            throw new AssertionError("an unknown audience was not refused");
        } catch (OAuth2AuthorizationException refusal) {
            String error = System.getenv("UNKNOWN_AUDIENCE_ERROR");
            expect(error.equals(refusal.getError().getErrorCode()), error + ", not " + refusal.getError());
        }
    }

    /**
     * With Spring Security's own client. It has no setting for the audience, and it calls any token that it has parsed a
     * {@code token-type:jwt}, which is no type of a subject token here or at Keycloak: the resolver says that it is an access token.
     */
    private static String exchange(String issuer, Jwt subject, String audience) {
        ClientRegistration serviceA = ClientRegistrations.fromIssuerLocation(issuer)
            .registrationId("service-b").clientId("service-a").clientSecret("service-a-secret")
            .authorizationGrantType(AuthorizationGrantType.TOKEN_EXCHANGE).build();
        RestClientTokenExchangeTokenResponseClient client = new RestClientTokenExchangeTokenResponseClient();
        client.addParametersConverter(request -> new LinkedMultiValueMap<>(Map.of("audience", List.of(audience))));
        TokenExchangeOAuth2AuthorizedClientProvider provider = new TokenExchangeOAuth2AuthorizedClientProvider();
        provider.setAccessTokenResponseClient(client);
        provider.setSubjectTokenResolver(context -> new OAuth2AccessToken(
            OAuth2AccessToken.TokenType.BEARER, subject.getTokenValue(), subject.getIssuedAt(), subject.getExpiresAt()));
        return provider.authorize(OAuth2AuthorizationContext.withClientRegistration(serviceA)
            .principal(new JwtAuthenticationToken(subject)).build()).getAccessToken().getTokenValue();
    }

    private static void expect(boolean so, String what) {
        if (!so) throw new AssertionError("expected " + what);
    }
}
