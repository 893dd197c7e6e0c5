package api

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall"
	"rollcall/store"
)

// recordedContact is a line of an exported run, by contacts.
type recordedContact struct {
	ContactListID   string     `json:"contactListId,omitempty"`
	ContactListName string     `json:"contactListName,omitempty"`
	ContactID       string     `json:"contactId,omitempty"`
	PhoneNumber     string     `json:"phoneNumber,omitempty"`
	UniqueID        string     `json:"uniqueId,omitempty"`
	State           string     `json:"state"`
	Reason          string     `json:"reason,omitempty"`
	Attempts        int        `json:"attempts"`
	DialerOutcome   string     `json:"dialerOutcome,omitempty"`
	DueAt           *timestamp `json:"dueAt,omitempty"`
	UpdatedAt       timestamp  `json:"updatedAt"`
}

var recordedContactColumns = []string{"contactListId", "contactListName", "contactId", "phoneNumber", "uniqueId", "state", "reason", "attempts", "dialerOutcome", "dueAt", "updatedAt"}

// recordedAttempt is a line of an exported run, by attempts.
type recordedAttempt struct {
	At                      timestamp `json:"at"`
	ContactListID           string    `json:"contactListId,omitempty"`
	ContactListName         string    `json:"contactListName,omitempty"`
	ContactID               string    `json:"contactId,omitempty"`
	PhoneNumber             string    `json:"phoneNumber,omitempty"`
	UniqueID                string    `json:"uniqueId,omitempty"`
	Attempt                 int       `json:"attempt"`
	DialerOutcome           string    `json:"dialerOutcome"`
	DurationMS              int64     `json:"durationMs"`
	AgentDispositionCodes   []string  `json:"agentDispositionCodes"`
	Agent                   string    `json:"agent,omitempty"`
	BotSessionID            string    `json:"botSessionId,omitempty"`
	BotOutboundStatus       string    `json:"botOutboundStatus,omitempty"`
	BotOutboundStatusDetail string    `json:"botOutboundStatusDetail,omitempty"`
}

var recordedAttemptColumns = []string{"at", "contactListId", "contactListName", "contactId", "phoneNumber", "uniqueId", "attempt", "dialerOutcome", "durationMs",
	"agentDispositionCodes", "agent", "botSessionId", "botOutboundStatus", "botOutboundStatusDetail"}

// numberOrNone is a number as it is told; empty: the person was erased.
func numberOrNone(c *store.RecordedContact) string {
	if c.Number == 0 {
		return ""
	}
	return c.Number.String()
}

func wireRecordedContact(c *store.RecordedContact) *recordedContact {
	w := &recordedContact{c.List.ID, c.List.Name, c.ContactID, numberOrNone(c), c.UniqueID, string(c.State), string(c.Reason), c.Attempts, string(c.Outcome), nil, timestamp(c.UpdatedAt)}
	if !c.Due.IsZero() && c.State != rollcall.ContactDone {
		due := timestamp(c.Due)
		w.DueAt = &due
	}
	return w
}

func (w *recordedContact) cells() []string {
	due := ""
	if w.DueAt != nil {
		due = w.DueAt.text()
	}
	return []string{w.ContactListID, w.ContactListName, w.ContactID, w.PhoneNumber, w.UniqueID, w.State, w.Reason, strconv.Itoa(w.Attempts), w.DialerOutcome, due, w.UpdatedAt.text()}
}

func wireRecordedAttempt(a *store.RecordedAttempt) *recordedAttempt {
	return &recordedAttempt{timestamp(a.At), a.List.ID, a.List.Name, a.ContactID, numberOrNone(&a.RecordedContact), a.UniqueID, a.Attempts, string(a.Outcome), a.Attempt.Duration.Milliseconds(),
		append([]string{}, a.Attempt.Disposition...), a.Agent, a.Attempt.SessionID, a.Attempt.Status, a.Attempt.Detail}
}

func (w *recordedAttempt) cells() []string {
	return []string{w.At.text(), w.ContactListID, w.ContactListName, w.ContactID, w.PhoneNumber, w.UniqueID, strconv.Itoa(w.Attempt), w.DialerOutcome, strconv.FormatInt(w.DurationMS, 10),
		strings.Join(w.AgentDispositionCodes, "; "), w.Agent, w.BotSessionID, w.BotOutboundStatus, w.BotOutboundStatusDetail}
}

// phoneCell is the column of phone numbers in both, which a spreadsheet may have as
// they are, plus and all.
const phoneCell = "phoneNumber"

// text is the time as JSON has it, without the quotes.
func (t timestamp) text() string { return time.Time(t).UTC().Format(timestampLayout) }

// lineWriter writes lines of a record as CSV or NDJSON.
type lineWriter struct {
	table   *csv.Writer
	json    *json.Encoder
	columns []string
}

func newLineWriter(w io.Writer, format string, columns []string) *lineWriter {
	if format == "ndjson" {
		out := json.NewEncoder(w)
		out.SetEscapeHTML(false)
		return &lineWriter{json: out}
	}
	out := &lineWriter{table: csv.NewWriter(w), columns: columns}
	_ = out.table.Write(columns) // its first error stays until it is asked
	return out
}

func (w *lineWriter) write(line recordLine) error {
	if w.json != nil {
		return w.json.Encode(line)
	}
	row := line.cells()
	for i := range row {
		if w.columns[i] == phoneCell {
			row[i] = rollcall.NeutralisePhone(row[i])
		} else {
			row[i] = rollcall.NeutraliseCell(row[i])
		}
	}
	return w.table.Write(row)
}

func (w *lineWriter) close() error {
	if w.table == nil {
		return nil
	}
	w.table.Flush()
	return w.table.Error()
}

// exportRun gives the record of a run as a file.
func (a *API) exportRun(ctx context.Context, c *call) (reply, error) {
	what, err := queryChoice(c.URL.RawQuery, "what", "contacts", "attempts")
	format, formatErr := queryChoice(c.URL.RawQuery, "format", "csv", "ndjson")
	if err := firstOfEach(err, formatErr); err != nil {
		return reply{}, err
	}
	id := c.PathValue("campaignInstanceId")
	if len(id) > maxID || !strings.HasPrefix(id, rollcall.PrefixRun) || strings.ContainsFunc(id, notInRequestID) {
		return reply{}, rollcall.NotFound("There is no run with this id.")
	}
	rec, err := a.config.Store.RunRecord(ctx, c.owner(), id)
	if err != nil {
		return reply{}, err
	}
	contentType := map[string]string{"csv": typeCSV, "ndjson": typeNDJSON}[format]
	return reply{stream: func(x *exchange) error {
		return x.file(contentType, rec.Campaign+" "+rec.Run.StartedAt.UTC().Format("2006-01-02 1504")+" "+what, format, func(w io.Writer) error {
			return writeRecord(x.connection, w, rec, what, format)
		})
	}}, nil
}

func writeRecord(ctx context.Context, w io.Writer, rec *store.RunRecord, what, format string) error {
	if what == "attempts" {
		return writeLines(newLineWriter(w, format, recordedAttemptColumns), func(fn func([]store.RecordedAttempt) error) error { return rec.Attempts(ctx, fn) },
			func(a *store.RecordedAttempt) recordLine { return wireRecordedAttempt(a) })
	}
	return writeLines(newLineWriter(w, format, recordedContactColumns), func(fn func([]store.RecordedContact) error) error { return rec.Contacts(ctx, fn) },
		func(c *store.RecordedContact) recordLine { return wireRecordedContact(c) })
}

// recordLine is a line of a record: an object of NDJSON, or the cells of a row.
type recordLine interface{ cells() []string }

func writeLines[T any](out *lineWriter, walk func(func([]T) error) error, wire func(*T) recordLine) error {
	err := walk(func(page []T) error {
		for i := range page {
			if err := out.write(wire(&page[i])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return out.close()
}

// queryChoice reads a word of the query that is one of some; absent, it is the first.
func queryChoice(query, name string, words ...string) (string, error) {
	text, given, err := queryValue(query, name)
	if err != nil || !given {
		return words[0], err
	}
	if slices.Contains(words, text) {
		return text, nil
	}
	return "", rollcall.Invalid("query."+name, "The "+name+" must be "+strings.Join(words, " or ")+".")
}
