package redact

import (
	"regexp"
	"strings"
)

var (
	authority  = regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*://)(\S+)@(\S*)`)
	smpp       = regexp.MustCompile(`(?i)\b(smpps?:[^\s:@"]*:)[^\s"]+`)
	smppSpaced = regexp.MustCompile(`(?i)\b(smpps?\s*:\s*[^\s:@"]+\s*:\s*)[^@"]{1,80}@`)
	userinfo   = regexp.MustCompile(`([^\s:@/"'<(]+):([^\s@/"]*)@([\w.\[-]+)`)
)

// maskAuthority masks what stands before the host in scheme://user:password@host.
// An "@" in the path is none of it.
func maskAuthority(m []string) string {
	host, _, path := strings.Cut(m[2], "/")
	_, port, ok := strings.Cut(host, ":")
	if strings.HasPrefix(host, "[") || path && (!ok || strings.Trim(port, "0123456789") == "") {
		return m[0]
	}
	return m[1] + Mask + "@" + m[3]
}

// label reports whether a word before a colon says what kind of address
// follows, and is no login.
func label(word string) bool {
	switch strings.ToLower(strings.TrimLeft(word, "[{,;.-")) {
	case "sip", "sips", "tel", "mailto", "xmpp", "im", "acct", "mail", "email", "e-mail", "to", "cc", "bcc", "from", "by", "for", "re", "contact", "ask", "owner", "user", "account", "see", "at":
		return true
	}
	return false
}

// maskUserinfo masks the password of user:password@host, and that of an
// address behind a scheme or label.
func maskUserinfo(m []string) string {
	user, password, host := m[1], m[2], m[3]
	if label(user) {
		name, second, ok := strings.Cut(password, ":")
		if !ok {
			return m[0]
		}
		user, password = user+":"+name, second
	}
	if password == "" || strings.Trim(user+password, "0123456789.") == "" { // 10:30@office
		return m[0]
	}
	return user + ":" + Mask + "@" + host
}
