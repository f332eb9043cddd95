<?php
// Installs WordPress without a browser and fills it: people of each role, content in every state, comments of every
// state, terms, media, menus. Prints one line of JSON: an administrator's application password and the ids that tests name.
require __DIR__ . '/lib.php';
define( 'WP_INSTALLING', true );
require getenv( 'WORDPRESS_ROOT' ) . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';

add_filter( 'pre_wp_mail', '__return_true' );
wp_install( 'Salt & Marsh', 'keeper', 'keeper@saltmarsh.example', true, '', wp_slash( 'only-for-tests' ), '' );
update_option( 'siteurl', getenv( 'WORDPRESS_URL' ) );
update_option( 'home', getenv( 'WORDPRESS_URL' ) );
update_option( 'blogdescription', 'Reeds, birds &amp; tides' );
update_option( 'timezone_string', 'Europe/Lisbon' );
update_option( 'posts_per_page', 7 );
update_option( 'permalink_structure', '/%year%/%monthnum%/%postname%/' );
update_option( 'stylesheet', 'twentytwentyone' );
update_option( 'template', 'twentytwentyone' );
update_option( 'current_theme', 'Twenty Twenty-One' );
wp_set_current_user( 1 );
