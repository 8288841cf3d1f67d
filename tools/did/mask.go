package did

import (
	"regexp"

	"didops/internal/sanitize"
	"didops/internal/sipaddr"
)

// shownAddress returns an address as anybody may see it: without a password.
func shownAddress(scheme, text string) string {
	a, ok := sipaddr.Parse(scheme, text)
	switch {
	case !ok:
		return maskContact(text)
	case scheme == sipaddr.SIP:
		return text
	}
	user := a.User
	if !numberLike.MatchString(user) {
		user = masked // the password may stand here by mistake
	}
	return sipaddr.SMPP + ":" + a.Login + ":" + masked + ":" + user + "@" + a.End
}

// masked stands where a secret was.
const masked = "***"

// host is the end of a contact: a name or an address, a port, and the two
// parameters that hold no secret.
const host = `@(?:localhost|(?:[\w-]+\.)+[\w-]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?(?:;(?:transport|user)=\w+)*`

var (
	// smpp:login:password:destination@host:port
	smppContact = regexp.MustCompile(`^((?i:smpps?):[^:@\s]+:).+(:(?:\+?\d\w*|\{number\})` + host + `)$`)
	// sip:user@host:port and sip:user:password@host:port
	sipContact = regexp.MustCompile(`^((?:(?i:sips?):)?[^:@;?&=%/\s]+)(:.+)?(` + host + `)$`)
	smppScheme = regexp.MustCompile(`^(?i:smpp)`)
	bareNumber = regexp.MustCompile(`^(?:(?i:tel):)?\+?\d+$`)
)

// maskContact returns a contact without its password. What has none of the
// documented forms is masked whole, because nobody can tell where in it a
// password would be.
func maskContact(contact string) string {
	contact = sanitize.Clean(contact, 512)
	if _, ok := sipaddr.Parse(sipaddr.SIP, contact); ok {
		return contact
	}
	if contact == "" || bareNumber.MatchString(contact) {
		return contact
	}
	if m := smppContact.FindStringSubmatch(contact); m != nil {
		return m[1] + masked + m[2]
	}
	if m := sipContact.FindStringSubmatch(contact); m != nil && !smppScheme.MatchString(contact) {
		if m[2] != "" {
			m[2] = ":" + masked
		}
		return m[1] + m[2] + m[3]
	}
	return masked
}
