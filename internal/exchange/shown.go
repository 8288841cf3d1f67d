package exchange

import (
	"regexp"

	"didops/internal/sanitize"
	"didops/internal/sipaddr"
)

// Mask stands where a secret was.
const Mask = "***"

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

// Shown returns the contact of a number without its password. What has none of
// the documented forms is masked whole, because nobody can tell where in it a
// password would be.
func Shown(contact string) string {
	contact = sanitize.Clean(contact, 512)
	if _, ok := sipaddr.Parse(sipaddr.SIP, contact); ok {
		return contact
	}
	if contact == "" || bareNumber.MatchString(contact) {
		return contact
	}
	if m := smppContact.FindStringSubmatch(contact); m != nil {
		return m[1] + Mask + m[2]
	}
	if m := sipContact.FindStringSubmatch(contact); m != nil && !smppScheme.MatchString(contact) {
		if m[2] != "" {
			m[2] = ":" + Mask
		}
		return m[1] + m[2] + m[3]
	}
	return Mask
}

// States of a purchased number; others are the exchange's own words.
const (
	Active           = "active"
	PendingDocuments = "pending_documents" // must be verified before the number works
)

// State returns whether a purchased number works yet.
func (o *Owned) State() string {
	switch {
	case o.Status != "":
		return o.Status
	case o.NeedsDocuments && !o.DocumentsVerified:
		return PendingDocuments
	}
	return Active
}
