package tcxc

// schema is what the rows of an answer are.
type schema struct {
	list   string             // the member of the answer that holds them, in quotation marks
	fields map[string]*setter // by name in quotation marks
	check  func(*record)      // finds out what a row lacks
	use    bool               // they are calls or messages, not numbers
}

// The schemas of the exchange's lists.
//
//nolint:gochecknoglobals // tables that nothing writes to
var (
	numberSchema  = schema{list: `"dids"`, fields: numberFields, check: (*record).validate}
	callSchema    = schema{list: `"cdrs"`, fields: useFields, check: (*record).validateUse, use: true}
	messageSchema = schema{list: `"sms"`, fields: useFields, check: (*record).validateUse, use: true}
)

// schema returns what the rows of op's answer are.
func (op operation) schema() *schema {
	switch op {
	case opCalls:
		return &callSchema
	case opMessages:
		return &messageSchema
	default:
		return &numberSchema
	}
}
