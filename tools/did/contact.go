package did

import "strings"

// masked stands where a secret was.
const masked = "***"

// maskContact returns a contact without its password: the third field of
// smpp:login:password:destination@host:port, the second of
// sip:user:password@host. What does not have a documented form is masked
// whole where it could hold a password.
func maskContact(contact string) string {
	at := strings.LastIndexByte(contact, '@')
	if at < 0 {
		if strings.HasPrefix(strings.ToLower(contact), "smpp") {
			return masked
		}
		return contact
	}
	fields := strings.Split(contact[:at], ":")
	scheme := strings.ToLower(fields[0])
	switch {
	case scheme == "smpp" && len(fields) == 4:
		fields[2] = masked
	case (scheme == "sip" || scheme == "sips") && len(fields) == 2:
	case (scheme == "sip" || scheme == "sips") && len(fields) == 3:
		fields[2] = masked
	default:
		return masked + contact[at:]
	}
	return strings.Join(fields, ":") + contact[at:]
}
