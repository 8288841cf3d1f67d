package redact_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"didops/internal/redact"
)

// credentials are texts that hold one, and the part that must be gone. None is
// in use anywhere.
func credentials() map[string][2]string {
	return map[string][2]string{
		"smpp":                     {"smpp:login:hunter2x:97150@smpp.example.net:2776", "hunter2x"},
		"smpp in capitals":         {"route SMPPS:a:hunter2x:1@h today", "hunter2x"},
		"smpp, at in the password": {"smpp:login:hun@ter2x:1@smpp.example.net", "ter2x"},
		"smpp, cut":                {"smpp:login:hunter2x", "hunter2x"},
		"smpp, spaced":             {"smpp : login : hunter2x : 97150 @ smpp.example.net", "hunter2x"},
		"smpp, percent-encoded":    {"smpp%3Alogin%3Ahunter2x%3A1%40smpp.example.net", "hunter2x"},
		"smpp, twice encoded":      {"smpp%253Alogin%253Ahunter2x%253A1%2540h", "hunter2x"},
		"smpp, full width":         {"ｓｍｐｐ：login：hunter2x：1＠h", "hunter2x"},
		"smpp, HTML":               {"smpp&#58;login&#58;hunter2x&#58;1&#64;h", "hunter2x"},
		"smpp with slashes":        {"smpp://login:hunter2x@smpp.example.net", "hunter2x"},
		"no scheme":                {"use login:hunter2x:97150@smpp.example.net", "hunter2x"},
		"user and password":        {"alice:swordfish@sip.example.net", "swordfish"},
		"sip with a password":      {"sip:alice:swordfish@sip.example.net", "swordfish"},
		"sip parameter":            {"sip:alice;password=swordfish@sip.example.net", "swordfish"},
		"url":                      {"see https://alice:swordfish@api.example.net/x", "swordfish"},
		"url of a store":           {"postgres://didops:sword/fish@db.example.net/didops", "sword/fish"},
		"url with a token":         {"https://swordfish@api.example.net", "swordfish"},
		"authorization":            {"Authorization: Bearer swordfish", "swordfish"},
		"authorization, basic":     {`"Authorization": "Basic c3dvcmRmaXNo"`, "c3dvcmRmaXNo"},
		"bearer alone":             {"Bearer abc123DEF456ghi789JKL", "abc123DEF456ghi789JKL"},
		"basic alone":              {"Basic YWxpY2U6c3dvcmRmaXNo", "YWxpY2U6c3dvcmRmaXNo"},
		"bearer, short":            {"Bearer: abc12345", "abc12345"},
		"webhook of Discord":       {"https://discord.com/api/webhooks/123456789012345678/swordfish", "swordfish"},
		"webhook":                  {"https://hooks.example.net/api/webhooks/123456789012345678/AbC1dEf2GhI3jKl4MnO5pQr6StU7", "AbC1dEf2"},
		"pw":                       {"pw: swordfish", "swordfish"},
		"x-api-key":                {"x-api-key: swordfish", "swordfish"},
		"password":                 {"password=swordfish", "swordfish"},
		"password, spaces":         {"Password : swordfish for the desk", "swordfish"},
		"password is":              {"the password is hunter2", "hunter2"},
		"password, quoted":         {`the password is "sword fish"`, "sword fish"},
		"password beside":          {"password hunter2x please", "hunter2x"},
		"pwd":                      {"pwd: swordfish", "swordfish"},
		"api_key":                  {"api_key=swordfish", "swordfish"},
		"api key":                  {"API key: swordfish", "swordfish"},
		"apiKey in JSON":           {`{"apiKey":"sword fish"}`, "sword fish"},
		"variable":                 {"DIDOPS_API_KEY=swordfish didops serve", "swordfish"},
		"secret":                   {"client_secret => swordfish", "swordfish"},
		"token":                    {"token=swordfish&x=1", "swordfish"},
		"option":                   {"didops --api-key swordfish", "swordfish"},
		"query":                    {"https://api.example.net/?key=sw0rdf1sh", "sw0rdf1sh"},
		"another language":         {"Kennwort: swordfish", "swordfish"},
		"jwt":                      {"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl", "eyJzdWIiOiJhbGljZSJ9"},
		"discord bot":              {"it is " + strings.Repeat("Mx", 12) + ".Gabcde." + strings.Repeat("y-", 15), "Gabcde"},
		"hexadecimal":              {"5d41402abc4b2a76b9719d911017c592", "5d41402abc4b2a76b9719d911017c592"},
		"hexadecimal of 64":        {"key " + strings.Repeat("0f4a9c3b", 8), "0f4a9c3b"},
		"base64":                   {"aGVsbG8gd29ybGQgaG93IGFyZSB5b3U=", "aGVsbG8gd29ybGQ"},
		"base64url":                {"q8Zt-3nLw_x7Pb2K-9dRf5vYc", "q8Zt-3nLw_x7Pb2K"},
		"branded":                  {"ghp_" + strings.Repeat("a1B2", 9), "a1B2a1B2"},
		"private key":              {"-----BEGIN PRIVATE KEY----- MIIBVg IBADANBg -----END PRIVATE KEY-----", "MIIBVg"},
		"private key, cut":         {"-----BEGIN RSA PRIVATE KEY----- MIIBVg IBADANBg", "IBADANBg"},
	}
}

func TestCredentialsAreMasked(t *testing.T) {
	t.Parallel()
	for name, tt := range credentials() {
		for _, text := range []string{tt[0], "line for the Dubai desk, " + tt[0], tt[0] + " OPS-12345"} {
			got := redact.Text(text)
			if strings.Contains(got, tt[1]) || !strings.Contains(got, redact.Mask) {
				t.Errorf("%s: got %q of %q", name, got, text)
			}
			if again := redact.Text(got); again != got {
				t.Errorf("%s: got %q, masked again %q", name, got, again)
			}
		}
	}
}

func TestReasonsStay(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "line for the Dubai desk", "OPS-12345", "OPS-12345/OPS-12346/OPS-12347", "see https://jira.example.net/browse/OPS-12345?focused=1",
		"+971501234567", "+971 50 123 4567, +971-4-123-4567", "order o-7k3f2m and sb-7k3f2m", "550e8400-e29b-41d4-a716-446655440000",
		"quote 8c1d0707a3e94b52", "sip:971501234567@sip.example.net:5060", "sip:+971501234567@sip.example.net;user=phone", "contact:alice@example.net",
		"alice@example.net", "meeting 10:30@office", "https://docs.example.net/@team/page", "https://sip.example.net:5060/a@b", "http://[2001:db8::1]:8080/x",
		"the password policy changed", "password reset line", "the password is expired", "passwords are not in here", "2FA token lines", "token ring", "secret santa 2024",
		"compass: north", "spin: left", "bypass: no", "bearer services", "Bearer Services for the desk", "basic telephony", "the key account Example-Trading", "api keys are rotated yearly",
		"renewal of contract AE-2026-00471/B, cost centre 4711", "replaces number 00971501234567 from 2026-12-01T00:00:00Z", "IBAN AE070331234567890123456",
		"Project-Dubai-Expansion-Phase-2-Rollout-2026", "customer_onboarding_batch_2026_11_29", "smpp: messages do not arrive", "SMPP bind 4776", "the SMPP template",
		"Antidisestablishmentarianism", "für die Zentrale in Zürich", "خط لمكتب دبي", "香港办公室的线路", "100% of lines, 5%25 less", "A&amp;B Trading", "deadbeef cafe", "1.2.3.4:5060 is the PBX",
		"smpp:login:password:destination@host:port", "smpp:login:password:{number}@smpp.example.net:2776", strings.Repeat("1234567890", 5),
	} {
		if got := redact.Text(text); got != text {
			t.Errorf("got %q, want it as it was: %q", got, text)
		}
	}
}

func TestConfiguredSecretsAreMasked(t *testing.T) {
	t.Parallel()
	const key, password, word = "correct-horse+battery/staple", "Swordfish Nine", "Kelp7"
	sum := sha256.Sum256([]byte("plainbearer"))
	r := redact.New([]string{key, password, word, "did", ""}, []string{strings.ToUpper(hex.EncodeToString(sum[:]))})
	for name, tt := range map[string][2]string{
		"as it is":         {"with correct-horse+battery/staple now", "with *** now"},
		"within a word":    {"xcorrect-horse+battery/stapley", "x***y"},
		"another case":     {"CORRECT-HORSE+BATTERY/STAPLE", "***"},
		"spaced":           {"c o r r e c t - h o r s e + b a t t e r y / s t a p l e", "***"},
		"percent-encoded":  {"correct-horse%2Bbattery%2fstaple", "***"},
		"full width":       {"ｃｏｒｒｅｃｔ－ｈｏｒｓｅ＋ｂａｔｔｅｒｙ／ｓｔａｐｌｅ", "***"},
		"base64":           {"Y29ycmVjdC1ob3JzZStiYXR0ZXJ5L3N0YXBsZQ==", "***=="},
		"hexadecimal":      {hex.EncodeToString([]byte(key)), "***"},
		"with dashes":      {"SWORD-fish-nine", "***"},
		"with points":      {"s.w.o.r.d.f.i.s.h.n.i.n.e", "***"},
		"with underscores": {"swordfish_nine, and SWORD_fish nine", "***, and ***"},
		"without dashes":   {"correcthorse+battery/staple", "***"},
		"twice":            {"swordfishnine, SwordFish Nine", "***, ***"},
		"short":            {"it is Kelp7.", "it is ***."},
		"short, in a pair": {"login:Kelp7", "login:***"},
		"short in a word":  {"Kelp77 is none", "Kelp77 is none"},
		"too short":        {"what we did", "what we did"},
		"by its digest":    {"use (plainbearer), please", "use (***), please"},
		"none":             {"line for the Dubai desk", "line for the Dubai desk"},
	} {
		if got := r.Text(tt[0]); got != tt[1] {
			t.Errorf("%s: got %q, want %q", name, got, tt[1])
		}
		if got, want := r.Holds(tt[0]), tt[0] != tt[1]; got != want {
			t.Errorf("%s: got %t, want %t that it holds one", name, got, want)
		}
	}
}

// TestSecretsAnywhere holds that a configured secret is found in any text, and
// that masking twice comes to the same.
func TestSecretsAnywhere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[A-Za-z0-9+/_-]{8,40}`).Draw(t, "secret")
		text := rapid.String().Draw(t, "before") + secret + rapid.String().Draw(t, "after")
		r := redact.New([]string{secret}, nil)
		got := r.Text(text)
		if strings.Contains(strings.ToLower(got), strings.ToLower(secret)) {
			t.Errorf("got %q with %q in it", got, secret)
		}
		if again := r.Text(got); again != got {
			t.Errorf("got %q, masked again %q", got, again)
		}
	})
}

func BenchmarkText(b *testing.B) {
	for name, text := range map[string]string{"prose": "line for the Dubai desk, OPS-12345", "address": "see https://jira.example.net/browse/OPS-12345"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				redact.Text(text)
			}
		})
	}
}
