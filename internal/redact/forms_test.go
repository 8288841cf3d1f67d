package redact_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"didops/internal/redact"
)

// forms are ways in which people write a credential, and the part that must be
// gone. None is in use anywhere.
func forms() map[string]string {
	return map[string]string{
		"curl -u acme:geheim9 https://host": "geheim9", "curl --user acme:geheim": "geheim", "curl --user=acme:ge/heim -v": "ge/heim", "wget --http-password geheim x": "geheim",
		"sshpass -p geheim9": "geheim9", "sshpass -pgeheim ssh host": "geheim", "mysql -pgeheim9": "geheim9", "mysqldump -u root -pgeheim db": "geheim", "redis-cli -h 192.0.2.1 -p 6379 -a geheim": "geheim", "docker login -u acme -p geheim": "geheim",
		"PGPASSWORD=geheim psql": "geheim", "dbpassword: geheim": "geheim",
		"sshpass -p 'ge heim' ssh host": "heim", "ldapsearch -D cn=a -w geheim": "geheim", "my key AbCdEf123456": "AbCdEf123456", "parola d'ordine: geheim": "geheim", "login: acme, geheim9": "geheim9", "acme/geheim@smpp.example.net": "geheim", "SMPP acme;geheim@smpp.example.net": "geheim",
		"key: AbCdEf123456": "AbCdEf123456", "Key = AbCdEf123456": "AbCdEf123456", "the key is AbCdEf123456": "AbCdEf123456", "api key - AbC123": "AbC123", "API key – AbC123": "AbC123",
		"api secret AbC123": "AbC123", "secret key AbC123": "AbC123", "secret geheim9": "geheim9", "token 3f2504e0-4f89-41d3-9a0c-0305e82c3301": "3f2504e0", "client secret Xy7-99aa": "Xy7-99aa",
		"Kennwort geheim1": "geheim1", "contraseña geheim1": "geheim1", "contrasen\u0303a geheim1": "geheim1", "pw geheim1": "geheim1", "passcode 4711": "4711", "PIN 4711": "4711", "pin: 4711 for the desk": "4711", "PIN code is 471147": "471147",
		"password, geheim9": "geheim9", "password - geheim": "geheim", "password→geheim": "geheim", "password -> geheim": "geheim", "pwd/geheim9": "geheim9", "pass-word: geheim": "geheim", "pass word: geheim": "geheim",
		"**password**: geheim": "geheim", "**password:** geheim": "geheim", "__Password__ = geheim": "geheim", "`password` geheim9": "geheim9", "password: `geheim`": "geheim", "password: **geheim**": "geheim",
		"user acme, pass geheim9": "geheim9", "login: acme / geheim9": "geheim9", "login: acme / geheim": "geheim", "Login acme/geheim9": "geheim9", "credentials: acme geheim": "geheim", "user: acme | geheim9": "geheim9",
		"acme:ge/heim@smpp.example.net": "heim", "acme:ge/heim9@192.0.2.7": "heim9", "smpp;acme;geheim;97150@smpp.example.net": "geheim", "smpp: acme / geheim @ smpp.example.net": "geheim", "SMPP|acme|geheim|97150@192.0.2.7:2775": "geheim", "smpp,acme,geheim,97150@smpp.example.net": "geheim",
		"login acme:geheim9": "geheim9", "credentials: acme:geheim": "geheim", "acme:ge@heim@smpp.example.net": "heim", "p/w: geheim": "geheim", "p/w geheim9": "geheim9", "Zugangsdaten: acme / geheim9": "geheim9", "heslo je geheim1": "geheim1",
		"acme:geheim9@example.net": "geheim9", "ops:geheim9@smpp.example.net": "geheim9", "user:geheim9@192.0.2.7:2775": "geheim9",
		"password ist: geheim": "geheim", "password is: geheim": "geheim", "clave=geheim": "geheim", "mdp:geheim": "geheim", "parola: geheim": "geheim", "hasło: geheim": "geheim", "HASŁO geheim1": "geheim1", "heslo: geheim": "geheim", "wachtwoord: geheim": "geheim",
		"lösenord: geheim": "geheim", "şifre: geheim": "geheim", "ŞİFRE: geheim": "geheim", "le mot de passe est geheim9": "geheim9", "das Kennwort lautet geheim9": "geheim9", "salasana: geheim": "geheim", "jelszó: geheim": "geheim", "passord: geheim": "geheim",
		"wachtwoord geheim1": "geheim1", "parola geheim1": "geheim1", "clave geheim1": "geheim1", "mdp geheim1": "geheim1", "sifre geheim1": "geheim1", "пароль: geheim": "geheim", "パスワード：geheim": "geheim",
		"password: correct horse battery staple": "staple", "Password = correct horse battery staple; thanks": "staple", "the api key: correct horse battery": "battery",
		"password for smpp: geheim9": "geheim9", "SMPP password for bob: geheim9": "geheim9", "password of the smpp account is geheim9": "geheim9", "the password for the account is geheim9": "geheim9", "the password (new) is geheim9": "geheim9", "Kennwort für den Trunk: geheim9": "geheim9", "mot de passe du compte est geheim9": "geheim9", "token for staging = 'geheim'": "geheim", "key of the gateway: geheim9": "geheim9",
		"geheim9 is the password": "geheim9", "geheim9 (password)": "geheim9", "“geheim9” is our new SMPP password": "geheim9", "geheim9 ist das Kennwort": "geheim9", "AbC123xyz (our API key)": "AbC123xyz",
		"API-Schlüssel: abcd1234": "abcd1234", "api schluessel abcd1234": "abcd1234", "clé API : abcd1234": "abcd1234", "clave API: abcd1234": "abcd1234", "chave da API: abcd1234": "abcd1234", "API ключ: abcd1234": "abcd1234", "ключ API: abcd1234": "abcd1234", "klucz API: abcd1234": "abcd1234", "chiave API abcd1234": "abcd1234",
		"sip:user:geheim9@host": "geheim9", "sips:account:geheim@pbx": "geheim", "contact sip:support:geheim9@192.0.2.7": "geheim9", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY": "K7MDENG", "secret wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY": "K7MDENG",
		"Cookie: session=AbC123; other=geheim": "geheim", "Authorization: geheim99x": "geheim99x", "Secret: geheim": "geheim", "token: 987654": "987654",
	}
}

func TestFormsAreMasked(t *testing.T) {
	t.Parallel()
	for form, secret := range forms() {
		for _, text := range []string{form, "line for the Dubai desk, " + form, form + ", for the desk", "(" + form + ")", form + ". Thanks"} {
			got := redact.Text(text)
			if strings.Contains(got, secret) || !strings.Contains(got, redact.Mask) {
				t.Errorf("got %q of %q", got, text)
			}
			if again := redact.Text(got); again != got {
				t.Errorf("got %q, masked again %q", got, again)
			}
		}
	}
}

func TestOrdinaryReasonsStay(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Requested by team:bob@example.com", "ops:bob@example.com", "requester:bob@example.com", "slack:bob@example.com", "via:bob.miller@example.com", "Approver:anna.maier@example.com", "cc:ops:bob@example.com", "*Owner*:bob@example.com",
		"Approval:bob@example.com", "approved-by:bob@example.com", "Team Dubai:bob@example.com", "PO:4711@acme", "PIN: 6-digit", "password: stored in the vault", "authorization: budget 2026-Q4", "login: https://portal.example.net/x", "ticket:4711@example.net", "meeting 09:00am@HQ", "call 9:30pm@office", "08:00-17:00@HQ", "Password: (none)", "credentials: to follow", "Secret: Garden party", "Genehmigt von chef:anna@example.com", "14:00Uhr@Büro", "to:971501234567@sip.example.net", "ghcr.io/acme/image:1.2@node",
		"Signature: J. Smith", "Signature: John McDonald, CFO", "signature - pending", "Signature: 29 Nov 2026", "PIN: see ticket", "Pin: 4 digits", "PIN codes: 6 digits each", "pin: the number on the map",
		"https://github.com/acme/infra/commit/5d41402abc4b2a76b9719d911017c5925d41402a", "https://git.example.net/acme/infra/-/commit/5d41402abc4b2a76b9719d911017c5925d41402a", "https://docs.google.com/document/d/1A2b3C4d5E6f7G8h9I0j1K2l3M4n5O6p7Q8r9S0t1U2v/edit", "https://www.notion.so/acme/3f2504e04f8941d39a0c0305e82c3301", "https://acme.atlassian.net/browse/OPS-1",
		"Cookie: no", "Cookies: none", "credentials: none needed", "password: n/a", "Password: none.", "password: see OPS-12345", "pwd: not needed", "API key: will follow by mail", "api key - not yet", "Authorization: signed by CFO", "Authorization: PO 4711 of the CFO", "authorization: pending",
		"Tokens: 5 lines", "Secret: Santa campaign", "Client token: will follow", "pass is 5 EUR", "pass is 500 EUR", "pass: 5.00 USD", "pw: week 32", "pass 5 numbers to Bob", "the key is customer service", "Key: Dubai desk", "key: OPS-12345", "Key account: Example Trading",
		"Basic plan2026 customers", "basic telephony2026", "bot version2 customers", "Campaign code=abc123", "utm code=summer2026", "promo code=abc123 for lines", "password/PIN reset line", "I forgot my password, please help", "user: alice / OPS-12345", "login page / portal", "login: portal / VPN", "tokens, OPS-12345",
		"password for the portal: see OPS-12345", "password for bob is expired", "the password (new) is in the vault", "token for week 32: none", "OPS-12345 is the password ticket", "+971501234567 (PIN line)", "2FA2026 is a project (pin codes)", "key for the office: Dubai desk", "the API key is for 2FA lines", "pass for 2 people: 500 EUR",
		"docs/runbooks/2026/Q4/numbers/dubai/a.md", "mailto:support:bob@example.com", "to:support:bob@example.com",
		"boarding pass for 2 people", "pass the 2nd line", "password reset - see OPS-1", "token for week 32", "pass/fail test", "SMPP: line for alerts, contact alice@example.net", "npm:acme/pkg@1.2.3", "registry:5000/image@v2",
	} {
		if got := redact.Text(text); got != text {
			t.Errorf("got %q, want it as it was: %q", got, text)
		}
	}
}

// TestMaskingTwice holds that masking what was masked changes nothing, in
// texts made of what the rules look for.
func TestMaskingTwice(t *testing.T) {
	t.Parallel()
	part := rapid.SampledFrom([]string{
		"password", "pass", "api key", "secret", "token", "key", "signature", "pin", "cookie", "authorization", "login", "bearer", "smpp", "curl -u", "mysql", "team", "is", "for", "none", "see", "Santa", "geheim9", "AbCdEf123456", "4711", "5", "EUR",
		" ", " ", " ", ":", "=", "-", ",", "/", ";", ".", "@", "smpp.example.net", "example.com", "\"", "'", "`", "**", "***", "\n", "→", "{", "}", "%3A", "&#58;", "?code=", "--", "-p", "https://",
	})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(part, 1, 14).Draw(t, "parts"), "")
		once := redact.Text(text)
		if again := redact.Text(once); again != once {
			t.Errorf("got %q of %q, masked again %q", once, text, again)
		}
	})
}
