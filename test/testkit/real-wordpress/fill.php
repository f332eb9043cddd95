<?php
// Fills an installed WordPress. A process of its own, because post types and rewrite rules are registered when it loads.
require __DIR__ . '/lib.php';
require getenv( 'WORDPRESS_ROOT' ) . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/image.php';
require ABSPATH . 'wp-admin/includes/plugin.php';
require ABSPATH . 'wp-admin/includes/nav-menu.php';

wp_set_current_user( 1 );
flush_rewrite_rules();
activate_plugin( 'akismet/akismet.php' );

$ids = array( 'administrator' => 1 );
foreach ( array( 'editor', 'author', 'contributor', 'subscriber' ) as $role ) {
	$ids[ $role ] = made(
		wp_insert_user(
			array(
				'user_login'   => $role . '1',
				'user_pass'    => 'only-for-tests',
				'user_email'   => $role . '@saltmarsh.example',
				'display_name' => ucfirst( $role ) . ' One',
				'user_url'     => 'https://' . $role . '.example',
				'role'         => $role,
			)
		)
	);
}
( new WP_User( $ids['author'] ) )->add_cap( 'moderate_comments' );

function term( $name, $taxonomy, $args = array() ) {
	$term = wp_insert_term( $name, $taxonomy, $args );
	return made( is_wp_error( $term ) ? $term : $term['term_id'] );
}
$ids['birds']  = term( 'Birds & reeds', 'category', array( 'description' => 'What <em>flies</em>' ) );
$ids['waders'] = term( 'Waders', 'category', array( 'parent' => $ids['birds'] ) );
$ids['genre']  = term( 'Fiction', 'genre' );
$ids['sub']    = term( 'Sea stories', 'genre', array( 'parent' => $ids['genre'] ) );
$ids['tag']    = term( 'tide', 'post_tag' );
$ids['gone']   = term( 'to be deleted', 'post_tag' );

function post( $fields ) {
	$content = "<!-- wp:paragraph -->\n<p>Text of “{$fields['post_title']}” with \\u00e9 & 'quotes'.</p>\n<!-- /wp:paragraph -->";
	return made( wp_insert_post( wp_slash( $fields + array( 'post_content' => $content, 'post_status' => 'publish', 'post_author' => 1 ) ), true ) );
}
$many = (int) getenv( 'WORDPRESS_POSTS' );
for ( $i = 1; $i <= $many; $i++ ) {
	$date = gmdate( 'Y-m-d H:i:s', strtotime( '2025-01-01 10:00:00' ) + $i * 40000 );
	$id = post(
		array(
			'post_title'    => "Tide $i & wind",
			'post_date'     => $date,
			'post_author'   => 0 === $i % 3 ? $ids['author'] : 1,
			'post_category' => array( 0 === $i % 2 ? $ids['birds'] : $ids['waders'] ),
			'tags_input'    => 0 === $i % 4 ? array( 'tide' ) : array(),
			'post_excerpt'  => 0 === $i % 5 ? "Excerpt $i" : '',
		)
	);
	$ids['post'] = isset( $ids['post'] ) ? $ids['post'] : $id;
	$ids['last'] = $id;
}
$ids['draft']     = post( array( 'post_title' => 'Draft', 'post_status' => 'draft', 'post_author' => $ids['author'] ) );
$ids['pending']   = post( array( 'post_title' => 'Pending', 'post_status' => 'pending', 'post_author' => $ids['contributor'] ) );
$ids['private']   = post( array( 'post_title' => 'Private', 'post_status' => 'private' ) );
$ids['scheduled'] = post( array( 'post_title' => 'Scheduled', 'post_status' => 'future', 'post_date' => gmdate( 'Y-m-d H:i:s', time() + 86400 * 30 ) ) );
$ids['protected'] = post( array( 'post_title' => 'Protected', 'post_password' => 'the-post-password' ) );
$ids['sticky']    = post( array( 'post_title' => 'Sticky' ) );
stick_post( $ids['sticky'] );
$ids['aside'] = post( array( 'post_title' => 'Aside' ) );
set_post_format( $ids['aside'], 'aside' );
$ids['trashed'] = post( array( 'post_title' => 'Trashed' ) );
wp_trash_post( $ids['trashed'] );
$ids['page']  = post( array( 'post_title' => 'About', 'post_type' => 'page', 'menu_order' => 3 ) );
$ids['child'] = post( array( 'post_title' => 'Visit us', 'post_type' => 'page', 'post_parent' => $ids['page'] ) );
$ids['book']  = post( array( 'post_title' => 'The Reed Book', 'post_type' => 'book' ) );
wp_set_object_terms( $ids['book'], array( $ids['sub'] ), 'genre' );
update_post_meta( $ids['book'], 'subtitle', 'With a map' );
add_post_meta( $ids['book'], 'guests', 'Ana' );
add_post_meta( $ids['book'], 'guests', 'Rui' );
update_post_meta( $ids['book'], 'purchase_note_secret', 'not on any list' );

function comment( $post, $approved, $text, $more = array() ) {
	return made(
		wp_insert_comment(
			$more + array(
				'comment_post_ID'      => $post,
				'comment_approved'     => $approved,
				'comment_content'      => $text,
				'comment_author'       => 'Visitor & Co',
				'comment_author_email' => 'visitor@reader.example',
				'comment_author_url'   => 'https://reader.example',
				'comment_author_IP'    => '192.0.2.77',
				'comment_agent'        => 'planted-agent',
			)
		)
	);
}
$ids['comment'] = comment( $ids['post'], 1, 'Approved <b>comment</b>' );
$ids['reply']   = comment( $ids['post'], 1, 'Reply', array( 'comment_parent' => $ids['comment'], 'user_id' => $ids['author'] ) );
$ids['held']    = comment( $ids['post'], 0, 'Waiting' );
$ids['spam']    = comment( $ids['post'], 'spam', 'Spam' );
$ids['bin']     = comment( $ids['post'], 1, 'Trashed' );
wp_trash_comment( $ids['bin'] );
$ids['pingback'] = comment( $ids['sticky'], 1, 'Ping', array( 'comment_type' => 'pingback' ) );

$picture = imagecreatetruecolor( 1200, 800 );
imagefilledrectangle( $picture, 0, 0, 1200, 800, imagecolorallocate( $picture, 40, 90, 120 ) );
$folder = wp_upload_dir();
$file   = $folder['path'] . '/reeds.jpg';
imagejpeg( $picture, $file, 70 );
$ids['image'] = made(
	wp_insert_attachment(
		array( 'post_title' => 'Reeds', 'post_mime_type' => 'image/jpeg', 'post_excerpt' => 'A caption', 'post_content' => 'A description', 'guid' => $folder['url'] . '/reeds.jpg' ),
		$file, $ids['post'], true
	)
);
wp_update_attachment_metadata( $ids['image'], wp_generate_attachment_metadata( $ids['image'], $file ) );
update_post_meta( $ids['image'], '_wp_attachment_image_alt', 'Reeds in wind' );
set_post_thumbnail( $ids['post'], $ids['image'] );
file_put_contents( $folder['path'] . '/tides.pdf', '%PDF-1.4' );
$ids['file'] = made( wp_insert_attachment( array( 'post_title' => 'Tides', 'post_mime_type' => 'application/pdf' ), $folder['path'] . '/tides.pdf', 0, true ) );

$menu = made( wp_create_nav_menu( 'Main menu' ) );
$top  = made( wp_update_nav_menu_item( $menu, 0, array( 'menu-item-title' => '', 'menu-item-object' => 'page', 'menu-item-object-id' => $ids['page'], 'menu-item-type' => 'post_type', 'menu-item-status' => 'publish' ) ) );
made( wp_update_nav_menu_item( $menu, 0, array( 'menu-item-title' => 'Elsewhere', 'menu-item-url' => 'https://elsewhere.example/?a=1&b=2', 'menu-item-target' => '_blank', 'menu-item-classes' => 'wide bold', 'menu-item-parent-id' => $top, 'menu-item-status' => 'publish' ) ) );
made( wp_update_nav_menu_item( $menu, 0, array( 'menu-item-object' => 'category', 'menu-item-object-id' => $ids['waders'], 'menu-item-type' => 'taxonomy', 'menu-item-status' => 'publish' ) ) );
set_theme_mod( 'nav_menu_locations', array( 'primary' => $menu ) );
$ids['menu'] = $menu;

list( $password ) = WP_Application_Passwords::create_new_application_password( 1, array( 'name' => 'sitegraph' ) );
list( $small )    = WP_Application_Passwords::create_new_application_password( $ids['editor'], array( 'name' => 'sitegraph' ) );
echo wp_json_encode( array( 'password' => $password, 'editorPassword' => $small, 'ids' => $ids, 'version' => get_bloginfo( 'version' ) ) );
