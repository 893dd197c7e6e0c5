package ingest

import (
	"archive/zip"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"rollcall"
)

// maxPart is the most that is read of a workbook's part that is held in memory:
// its list of sheets, its styles.
const maxPart = 16 << 20

// workbook is an XLSX file (ECMA-376, SpreadsheetML), also with macros.
//
// It is read by code of our own because excelize, the library that there is, reads
// the file and every part but sheets and strings into memory, takes XML that
// breaks off for the end of a sheet, and says nothing of a cell's number format
// while it streams: a date could not be told from a number.
type workbook struct {
	*archive
	parts   map[string]*zip.File // by name, in lower case
	sheets  []sheet              // in the order of the workbook
	formats []numberFormat       // by the number of a cell's style
	epoch   epoch
	texts   *zip.File // shared strings; nil: none
	strings *sharedStrings
	chosen  *sheet
}

// sheet is one worksheet.
type sheet struct {
	name   string
	part   *zip.File
	hidden bool
}

// isWorkbook tells whether an archive is a workbook, and refuses other documents
// of office programs.
func (a *archive) isWorkbook() (bool, error) {
	const office = "[content_types].xml"
	if a.has(func(name string) bool { return name == "mimetype" }) && a.has(func(name string) bool { return name == "content.xml" }) {
		return false, rollcall.Invalid("file", "The file is an OpenDocument file (such as ODS), not CSV or XLSX. "+saveAsCSV)
	}
	if !a.has(func(name string) bool { return strings.EqualFold(name, office) }) {
		return false, nil
	}
	switch {
	case a.has(func(name string) bool { return strings.EqualFold(name, "xl/workbook.bin") }):
		return false, rollcall.Invalid("file", "The file is a binary Excel workbook (XLSB). Save it as XLSX or CSV (UTF-8) and import that.")
	case !a.has(func(name string) bool { return strings.HasPrefix(strings.ToLower(name), "xl/") }):
		return false, rollcall.Invalid("file", "The file is a document of an office program, not CSV or XLSX. "+saveAsCSV)
	}
	return true, nil
}

// openWorkbook reads what a workbook says about its sheets.
func openWorkbook(ctx context.Context, a *archive) (*workbook, error) {
	w := &workbook{archive: a, parts: map[string]*zip.File{}}
	for _, f := range slices.Backward(a.files) {
		w.parts[strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))] = f
	}
	main := "xl/workbook.xml"
	for _, r := range w.relations(ctx, "") {
		if strings.HasSuffix(r.Type, "/officeDocument") {
			main = r.Target
		}
	}
	var book struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string `xml:"name,attr"`
			State string `xml:"state,attr"`
			ID    string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
			Other string `xml:"http://purl.oclc.org/ooxml/officeDocument/relationships id,attr"` // of the strict form
		} `xml:"sheets>sheet"`
	}
	if err := w.decode(ctx, main, &book); err != nil {
		return nil, err
	}
	if v := book.Properties.Date1904; v == "1" || v == "true" {
		w.epoch = epoch1904
	}
	relations := w.relations(ctx, main)
	for _, s := range book.Sheets {
		for _, r := range relations {
			if part := w.part(r.Target); r.ID == s.ID+s.Other && strings.HasSuffix(r.Type, "/worksheet") && part != nil {
				w.sheets = append(w.sheets, sheet{name: s.Name, part: part, hidden: s.State == "hidden" || s.State == "veryHidden"})
			}
		}
	}
	for _, r := range relations {
		switch {
		case strings.HasSuffix(r.Type, "/sharedStrings"):
			w.texts = w.part(r.Target)
		case strings.HasSuffix(r.Type, "/styles") && w.part(r.Target) != nil:
			if err := w.readStyles(ctx, r.Target); err != nil {
				return nil, err
			}
		}
	}
	return w, nil
}

func (w *workbook) part(name string) *zip.File { return w.parts[strings.ToLower(name)] }

// relation is how one part names another.
type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:",attr"`
	Target string `xml:",attr"`
}

// relations are those of a part, with their targets as names in the archive. A
// part without any has no relations.
func (w *workbook) relations(ctx context.Context, of string) []relation {
	var all struct {
		Relations []relation `xml:"Relationship"`
	}
	dir, base := path.Split(of)
	if err := w.decode(ctx, dir+"_rels/"+base+".rels", &all); err != nil {
		return nil
	}
	for i, r := range all.Relations {
		if target, absolute := strings.CutPrefix(r.Target, "/"); absolute {
			all.Relations[i].Target = target
		} else {
			all.Relations[i].Target = path.Join(dir, r.Target)
		}
	}
	return all.Relations
}

// decode reads a small part.
func (w *workbook) decode(ctx context.Context, name string, into any) error {
	f := w.part(name)
	if f == nil {
		return errNoPart(name)
	}
	r, err := w.open(ctx, f, new(atomic.Int64))
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(r, maxPart+1))
	switch {
	case err != nil:
		return err
	case len(text) > maxPart:
		return rollcall.Invalid("file", "The workbook has more than 16 MiB of styles or sheet names. Copy its rows into a new workbook and import that.")
	}
	return damaged(xml.Unmarshal(text, into))
}

func errNoPart(name string) error {
	return damaged(fmt.Errorf("the workbook lacks its part %q", name))
}

// visible are the names of the sheets that are not hidden.
func (w *workbook) visible() []string {
	names := []string{}
	for _, s := range w.sheets {
		if !s.hidden {
			names = append(names, s.name)
		}
	}
	return names
}

// choose chooses the sheet to read: by its name, then by its number among the
// visible ones, or the first visible one with something in it.
func (w *workbook) choose(ctx context.Context, want string) error {
	number := 0
	for i, s := range w.sheets {
		if want != "" && strings.EqualFold(s.name, want) {
			w.chosen = &w.sheets[i]
			return nil
		}
	}
	for i, s := range w.sheets {
		if s.hidden {
			continue
		}
		if number++; want == strconv.Itoa(number) {
			w.chosen = &w.sheets[i]
			return nil
		}
		if want != "" {
			continue
		}
		if some, err := w.someCell(ctx, s); err != nil || some {
			w.chosen = &w.sheets[i]
			return nil // what is wrong with a sheet is said when it is read
		}
	}
	switch {
	case want != "":
		return rollcall.Invalid("sheet", "The workbook has no visible sheet of the name or number "+strconv.Quote(want)+". Its sheets are: "+listNames(w.visible()))
	case number == 0:
		return rollcall.Invalid("file", "The workbook has no visible sheet of cells. Show the sheet with the contacts, or name it.")
	}
	return rollcall.Invalid("file", "The workbook's visible sheets hold no rows.")
}

// someCell tells whether a sheet has a cell with something in it.
func (w *workbook) someCell(ctx context.Context, s sheet) (bool, error) {
	r, err := w.open(ctx, s.part, new(atomic.Int64))
	if err != nil {
		return false, err
	}
	_, err = (&sheetRows{xml: newXML(r), limit: maxRecord, filled: true}).next(nil)
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	return true, err
}

// survey unpacks what will be read, so that damage is found before anything is
// written, and lays out the shared strings.
func (w *workbook) survey(ctx context.Context, read *atomic.Int64) error {
	if w.texts != nil && w.strings == nil {
		r, err := w.open(ctx, w.texts, read)
		if err != nil {
			return err
		}
		if w.strings, err = readSharedStrings(newXML(r)); err != nil {
			return err
		}
	}
	r, err := w.open(ctx, w.chosen.part, read)
	if err == nil {
		_, err = io.Copy(io.Discard, r)
	}
	return err
}

// rows reads the chosen sheet. A row is padded to width cells; before is how many
// rows stand before the first that counts.
func (w *workbook) rows(ctx context.Context, read *atomic.Int64, width, limit int, before int64) (*sheetRows, error) {
	r, err := w.open(ctx, w.chosen.part, read)
	if err != nil {
		return nil, err
	}
	return &sheetRows{book: w, xml: newXML(r), width: width, limit: limit, count: -before}, nil
}

func (w *workbook) close() {
	if w.strings != nil {
		w.strings.close()
	}
}
