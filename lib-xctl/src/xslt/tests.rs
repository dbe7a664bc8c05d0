//! What templates make; the real ones of the OS database are compared in the tests of `unattended`.

use super::*;

const INPUT: &str = "<config><name>web</name><os><version>11</version></os><empty/></config>";

fn made(body: &str) -> Result<Option<String>, Error> {
    let sheet = format!("<xsl:stylesheet xmlns:xsl='{XSL}' version='1.0'>{body}</xsl:stylesheet>");
    let sheet = Document::parse(&sheet).unwrap();
    transform(&sheet, sheet.root(), &Document::parse(INPUT).unwrap())
}

fn text(template: &str) -> Result<String, Error> {
    let body = format!(
        "<xsl:output method='text'/><xsl:template match='/config'>{template}</xsl:template>\
         <xsl:template name='loop'><xsl:call-template name='loop'/></xsl:template>\
         <xsl:template name='named'>[<xsl:value-of select='name'/>]</xsl:template>"
    );
    made(&body).map(Option::unwrap)
}

#[test]
fn texts_come_as_they_stand_and_blanks_between_instructions_do_not() {
    assert_eq!(
        text("\na <xsl:value-of select='name'/>\n <!-- c --> <xsl:text> </xsl:text>\n").unwrap(),
        "\na web "
    );
    let choice = "<xsl:choose><xsl:when test='os/version &gt; 11'>new</xsl:when>\
                  <xsl:when test=\"empty = '' and not(contains(name, 'x'))\"><xsl:call-template name='named'/></xsl:when>\
                  <xsl:otherwise>old</xsl:otherwise></xsl:choose>";
    assert_eq!(text(choice).unwrap(), "[web]");
    let variable = "<xsl:variable name='d'>/dev/<xsl:value-of select='name'/></xsl:variable>\
                    <xsl:value-of select=\"substring-after($d, '/dev/')\"/>";
    assert_eq!(text(variable).unwrap(), "web");
}

#[test]
fn elements_are_arranged_as_libxml2_does_it() {
    let body = "<xsl:output method='xml' indent='yes'/><xsl:template match='/config'>\
                <a xmlns='urn:a' x='1'><xsl:attribute name='y'>&lt;\"<xsl:value-of select='name'/></xsl:attribute>\
                <b><c/></b><d>1<e><f/></e></d><g><xsl:value-of select='empty'/></g></a></xsl:template>";
    let expected = "<?xml version=\"1.0\"?>\n<a xmlns=\"urn:a\" x=\"1\" y=\"&lt;&quot;web\">\n  <b>\n    <c/>\n  </b>\n  \
                    <d>1<e><f/></e></d>\n  <g/>\n</a>\n";
    assert_eq!(made(body).unwrap().unwrap(), expected);
    assert!(made("").unwrap().is_none());
}

#[test]
fn what_is_not_understood_is_named() {
    for (template, why) in [
        ("<xsl:for-each select='x'/>", "<xsl:for-each>"),
        ("<xsl:call-template name='x'/>", "no template named 'x'"),
        ("<xsl:call-template name='loop'/>", "does not come to an end"),
        ("<xsl:value-of/>", "has no 'select'"),
        ("<xsl:value-of select='$x'/>", "no variable $x"),
        ("<xsl:if test='1 +'/>", "of the expression"),
    ] {
        let error = text(template).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}
