package redact

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	authority  = regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*://)(\S+)@(\S*)`)
	smpp       = regexp.MustCompile(`(?i)\b(smpps?:[^\s:@"]*:)[^\s"]+`)
	smppSpaced = regexp.MustCompile(`(?i)\b(smpps?(?:\s*[:;|/]+\s*|,)[^\s:;,|/@"]+(?:\s*[:;|/]+\s*|,))[^\s@"][^@"\n]*?(\s*@\s*[\w\[*-])`)
	userinfo   = regexp.MustCompile(`([^\s:@/"'<(]+):([^\s@"]*(?:@[^\s@",;]+)?)@([\w.\[-]+)(:\d)?`)
	unspelt    = regexp.MustCompile(`(?i)(^|[\s(])([^\s:/;|,@"(]+[/;|])[^\s@":]+@([\w.-]*\b(?:smpp|smsc)\d*\.[\w.-]+)`)
	pair       = regexp.MustCompile(`(?i)\b(log-?in|user(?:name)?|credentials?|creds|zugang|benutzer)(\s*[:=]\s*|\s+)([^\s:/|,@"]+)(\s*[/|,:]\s*)([^\s"]+)`)

	// onCommandLine is what common programs take a password by: curl -u
	// login:password, sshpass -p password, mysql -ppassword.
	onCommandLine = regexp.MustCompile(`(^|[\s("'` + "`" + `])(` +
		`(?:-u|-U|--user|--proxy-user)[ =]*["']?[^\s:"'@]+:` +
		`|sshpass\s+-p\s*|(?:mysql\w*|mariadb[\w-]*|mongo\w*|docker login|podman login)\s(?:[^\n;|]*?\s)??-p[ =]*` +
		`|redis-cli\s(?:[^\n;|]*?\s)??-a\s*|ldap\w+\s(?:[^\n;|]*?\s)??-w\s*` +
		`)(?:"[^"]*"?|'[^']*'?|[^\s"'-][^\s"']*)`)
)

// link is a link to a document or a commit, up to its query: what looks drawn
// in the path is its name. Links to hosts of one's own count where they lead to
// a commit.
var link = regexp.MustCompile(`(?i)\bhttps?://(?:` +
	`(?:[\w-]+\.)*(?:github\.com|gitlab\.com|bitbucket\.org|docs\.google\.com|drive\.google\.com|notion\.so|notion\.site|atlassian\.net|figma\.com|linear\.app|trello\.com|miro\.com|sharepoint\.com|asana\.com|airtable\.com)/[^\s"?#@]*` +
	`|[\w.-]+\.slack\.com/archives/[^\s"?#@]*|[\w.:-]+/[^\s"?#@]*/commits?/[0-9a-f]{7,64}\b)`)

// maskPair masks the password of login: name / password.
func maskPair(m []string) string {
	word := m[5]
	said := strings.ContainsAny(m[2], ":=") && !strings.Contains(m[4], ",") && !strings.HasPrefix(strings.ToLower(m[1]), "user")
	if isScheme(m[3]) || strings.HasPrefix(word, "//") || strings.Contains(word, "@") {
		return m[0]
	}
	secret := mixed(word) || said && !harmless([]string{word}) && strings.ToUpper(word) != word
	return m[1] + m[2] + m[3] + m[4] + maskedIf(secret, word)
}

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

// technical reports whether calls, messages or programs go to a host, and no
// mail.
func technical(host string) bool {
	if strings.HasPrefix(host, "[") || strings.Trim(host, "0123456789.") == "" {
		return true
	}
	for _, part := range strings.FieldsFunc(strings.ToLower(host), func(r rune) bool { return r == '.' || r == '-' }) {
		switch strings.TrimRight(part, "0123456789") {
		case "sip", "sips", "smpp", "sms", "smsc", "sbc", "pbx", "ims", "voip", "trunk", "gw", "gateway", "proxy", "edge", "api", "db", "sql", "ldap", "ftp", "sftp", "ssh", "vpn", "redis":
			return true
		}
	}
	return false
}

// mailbox reports whether a word in title case stands before a name in small
// letters, as in Approval:bob.miller.
func mailbox(user, name string) bool {
	user = strings.Trim(user, marks)
	first, n := utf8.DecodeRuneInString(user)
	return unicode.IsUpper(first) && lower(user[n:], "") && lower(name, "._")
}

// lower reports whether a text has letters in small and nothing but them and
// those characters.
func lower(s, others string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsLower(r) && !strings.ContainsRune(others, r) })
}

// maskUserinfo masks the password of user:password@host, and that of an
// address behind a scheme or label.
//
// The rule: the word before the colon is a login, unless it is the scheme of an
// address, or a label, as listed in the function label, of a mail address or of
// a reference. So is a word in title case, where a name in small letters follows
// and a host of mail. A label is a login after all where the host is one that calls,
// messages or programs go to and what follows the colon looks drawn. A time of
// day and the version of a package are no password.
func maskUserinfo(m []string) string {
	user, password, host := m[1], m[2], m[3]
	called := false // behind sip: stands a login, whatever it is called
	for prefix := ""; isScheme(user) || !called && label(user) && !login(user, password, host+m[4]); {
		called = strings.EqualFold(user, "sip") || strings.EqualFold(user, "sips")
		name, second, ok := strings.Cut(password, ":")
		if !ok {
			return m[0]
		}
		prefix += user + ":"
		m[1], user, password = prefix+name, name, second
	}
	switch {
	case mailbox(user, password) && !technical(host) && m[4] == "":
		return m[0]
	case password == "", strings.Trim(user+password, "0123456789.") == "", clock.MatchString(user + ":" + password): // 10:30@office
		return m[0]
	case strings.HasPrefix(password, "//"), version.MatchString(password), version.MatchString(host), strings.Contains(password, "/") && (!strings.Contains(host, ".") || portAndPath.MatchString(password)):
		return m[0]
	}
	return m[1] + ":" + Mask + "@" + host + m[4]
}

var (
	clock       = regexp.MustCompile(`(?i)^\d{1,2}:\d\d(?::\d\d)?(?:am|pm|h|uhr|z|utc)?(?:[-–]\d{1,2}(?::\d\d)?(?:am|pm|h|uhr|z|utc)?)?$`)
	version     = regexp.MustCompile(`^v?\d+(?:\.\d+){1,2}$`)
	portAndPath = regexp.MustCompile(`^\d+/|/v?\d[\d.]*$`)
)

// login reports whether a word that may be a label is a login here: the host is
// a technical one, and what follows the colon is no name of a mailbox or number.
func login(user, password, host string) bool {
	return (technical(host) || strings.Contains(host, ":")) && strings.Trim(password, "+0123456789") != "" && mixed(user+password)
}

// isScheme reports whether a word before a colon is the scheme of an address.
func isScheme(word string) bool {
	switch strings.ToLower(strings.TrimLeft(word, marks)) {
	case "sip", "sips", "tel", "mailto", "xmpp", "im", "acct", "contact":
		return true
	}
	return false
}

const marks = "[{,;.-*_~|>"

// label reports whether a word before a colon says whose address, or what kind
// of number, follows, and is no login.
func label(word string) bool {
	switch strings.ToLower(strings.Trim(word, marks)) {
	case "mail", "email", "e-mail", "to", "cc", "bcc", "from", "by", "for", "re", "fw", "fwd", "ask", "owner", "user", "account", "see", "at", "via", "with", "attn", "fao",
		"team", "teams", "ops", "noc", "desk", "helpdesk", "support", "service", "sales", "billing", "finance", "legal", "procurement", "security", "it", "hr", "marketing", "office",
		"requester", "requestor", "requested", "approver", "approvers", "approval", "approved", "approved-by", "requested-by", "reported-by", "reviewer", "assignee", "reporter", "author", "sender", "recipient", "manager", "lead", "boss", "chef", "head", "director", "ceo", "cfo", "cto", "coo", "person", "name", "who", "customer", "client", "vendor", "partner", "dept", "department", "group",
		"slack", "discord", "skype", "zoom", "whatsapp", "telegram", "signal", "jabber", "github", "jira", "on-call", "oncall", "escalation", "reply-to", "replyto", "notify", "ping", "call", "phone", "mobile", "tel", "fax",
		"po", "ref", "reference", "order", "ticket", "case", "rfc", "cr", "inc", "incident", "req", "request", "pr", "mr", "issue", "wo", "so", "invoice", "inv", "no", "nr", "number", "id", "ext", "room", "time", "meeting", "project", "cost-centre", "budget",
		"von", "an", "für", "de", "para", "pour", "kontakt", "contacto", "antragsteller", "solicitante", "demandeur":
		return true
	}
	return isScheme(word)
}
